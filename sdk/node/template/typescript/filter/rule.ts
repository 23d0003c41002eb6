const [ipv4, tcp, udp] = [0x0800, 6, 17];

/** The destination port of TCP or UDP in IPv4, or 0. */
export function destinationPort(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 34 || view.getUint16(12) !== ipv4) return 0;
  const protocol = view.getUint8(23);
  const transport = 14 + (view.getUint8(14) & 15) * 4;
  if ((protocol !== tcp && protocol !== udp) || frame.length < transport + 4) return 0;
  return view.getUint16(transport + 2);
}
