import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Finds the address of the client behind proxies that are trusted to say it. */
export class ClientAddress {
  private readonly proxies = new BlockList();
  private readonly hasProxies: boolean;

  /** @param trusted addresses, or networks such as `10.0.0.0/8` */
  constructor(trusted: readonly string[]) {
    this.hasProxies = trusted.length > 0;
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.proxies.addAddress(address, family);
      else this.proxies.addSubnet(address, Number(bits), family);
    }
  }

  /** The right-most address of the chain that is no trusted proxy. */
  of(request: IncomingMessage): string {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!this.hasProxies || !this.isTrusted(peer)) return peer;
    const header = request.headers['x-forwarded-for'];
    const chain = String(header ?? '')
      .split(',')
      .map((part) => plain(part.trim()));
    for (const address of chain.reverse()) {
      if (isIP(address) === 0) return peer;
      if (!this.isTrusted(address)) return address;
    }
    return peer;
  }

  private isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.proxies.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** An IPv4 address without the prefix that a dual-stack socket gives it. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
