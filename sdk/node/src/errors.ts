export const notInHand = (): Error => new Error("this packet is not in hand any more: it is valid until the function returns, or until it is sent");

/** A negative length: the packet is not in hand. */
export function outside(offset: number, size: number, length: number): Error {
  return length < 0 ? notInHand() : new RangeError(`offset ${offset}, size ${size}: outside the packet of ${length} bytes`);
}
