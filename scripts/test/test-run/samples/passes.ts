import t from 'tap'

t.pass('it passes')
