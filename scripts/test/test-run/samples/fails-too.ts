import t from 'tap'

t.fail('it fails')
