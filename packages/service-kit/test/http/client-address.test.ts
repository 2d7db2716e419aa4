import t from 'tap'
import { clientAddress, clientNetwork, unknownAddress } from '../../src/http/client-address.ts'

const addresses: [string, string, string][] = [
  ['an IPv4 address', '192.0.2.1', '192.0.2.1'],
  ['an IPv4 address with a port', '192.0.2.1:54321', '192.0.2.1'],
  ['an IPv6 address', '2001:db8::1', '2001:db8::1'],
  ['an IPv6 address at length', '2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['an IPv6 address in brackets', '[2001:db8::1]', '2001:db8::1'],
  ['an IPv6 address with a port', '[2001:db8::1]:54321', '2001:db8::1'],
  ['an IPv6 address that looks as if it had a port', '2001:db8::1:80', '2001:db8::1:80'],
  ['an IPv6 address with a zone', 'fe80::1%eth0', 'fe80::1'],
  ['an IPv6 address with a zone that is not here', 'fe80::1%no-such-zone', 'fe80::1'],
  ['an IPv6 address with a zone and a port', '[fe80::1%25eth0]:80', 'fe80::1'],
  ['IPv4 as IPv6', '::ffff:192.0.2.1', '192.0.2.1'],
  ['IPv4 as IPv6, in capitals', '::FFFF:192.0.2.1', '192.0.2.1'],
  ['IPv4 as IPv6, in hexadecimal', '::ffff:7f00:1', '127.0.0.1'],
  ['IPv4 as IPv6, at length', '0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['IPv4 as IPv6, with a port', '[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ['an IPv6 address that ends like IPv4', '64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
]
for (const [what, text, expected] of addresses) {
  t.test(`${what} is told as what it is`, async (t) => {
    t.equal(clientAddress(text), expected)
    t.equal(clientAddress(expected), expected, 'in the form that it keeps')
  })
}

const others = [
  '',
  'unknown',
  '_hidden',
  'unix:',
  'localhost:80',
  '192.0.2',
  '192.0.2.1/8',
  '0x7f.1',
  '010.0.0.1',
  '2130706433',
  'user@192.0.2.1',
]
others.push(
  '192.0.2.1:',
  '192.0.2.1:port',
  '192.0.2.1 ',
  '[192.0.2.1]:80',
  '[2001:db8::1',
  '2001:db8::1]',
  '[]',
  '2001:db8::/64',
  '1:2:3:4:5:6:7:8:9',
)
for (const text of others) {
  t.test(`'${text}' is no address, and is counted with all others that are none`, async (t) => {
    t.equal(clientAddress(text), undefined)
    t.equal(clientNetwork(text), `${unknownAddress}/32`)
  })
}

t.test('who may be one client is counted as one', async (t) => {
  for (const [text, network] of [
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.1:54321', '192.0.2.1/32'],
    ['::ffff:7f00:1', '127.0.0.1/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2:3:4:5:6]:80', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::5', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:db8::1:0:0:0:1', '2001:db8:0:1::/64'],
    ['1:0:0:4:5:6:7:8', '1:0:0:4::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b::/64'],
    ['::192.0.2.1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::1', '::/64'],
    ['::', '::/64'],
  ] as const) {
    t.equal(clientNetwork(text), network, text)
  }
})
