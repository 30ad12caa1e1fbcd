import { BlockList, isIP } from 'node:net'
import { remembering } from '../remembering.ts'
import { plainAddress } from './plain-address.ts'

/** Whether the peer with this address is a trusted reverse proxy. */
export type TrustedPeers = (address: string | undefined) => boolean

const LOOPBACK = ['127.0.0.0/8', '::1/128']

/** Private networks, which no peer on the internet can have, including those of containers. */
const NAMED_NETWORKS: Readonly<Record<string, readonly string[]>> = {
  loopback: LOOPBACK,
  private: [...LOOPBACK, '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10']
}

const nobody: TrustedPeers = () => false
const anybody: TrustedPeers = () => true

/** Reads `no`, `all`, or addresses, networks and names of networks with commas. Throws an error that says what was expected. */
export function readTrustedPeers (text: string): TrustedPeers {
  if (/^no$/i.test(text)) return nobody
  if (/^all$/i.test(text)) return anybody
  const networks = new BlockList()
  for (const item of text.split(',').map(part => part.trim())) {
    for (const network of NAMED_NETWORKS[item.toLowerCase()] ?? [item]) addNetwork(networks, network)
  }
  // Asked several times a request, each time about the other end of its connection.
  const isTrusted = remembering(1000, address => includes(networks, plainAddress(address) ?? ''))
  return address => address !== undefined && isTrusted(address)
}

function addNetwork (networks: BlockList, network: string): void {
  const [, address = '', digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const prefix = digits === undefined ? bits : Number(digits)
  if (version === 0 || prefix > bits) {
    throw new Error('expected no, all, or a list of addresses, networks such as 10.0.0.0/8, loopback and private')
  }
  networks.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4')
}

function includes (networks: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && networks.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
