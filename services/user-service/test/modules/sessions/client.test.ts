import t from 'tap'
import { networkOf, plainAddress } from '../../../src/modules/sessions/client.ts'

t.test('an address is told as what it is', async (t) => {
  for (const [from, expected] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', '0.0.0.0'],
    ['unix:', '0.0.0.0'],
  ] as const) {
    t.equal(plainAddress(from), expected)
  }
})

t.test('who may be one client is counted as one', async (t) => {
  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::5', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ] as const) {
    t.equal(networkOf(address), network)
  }
})
