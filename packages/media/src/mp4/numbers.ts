/** Lists of numbers that grow without an object per number: hours of samples stand in them. */

type Constructor = Float64ArrayConstructor | Uint32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor;

const FIRST = 1024;

/** Doubles its memory as it grows. Values must fit the array that it is made of. */
export class Numbers {
  readonly #make: Constructor;
  #values: InstanceType<Constructor>;
  #length = 0;

  constructor(make: Constructor) {
    this.#make = make;
    this.#values = new make(FIRST);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const bigger = new this.#make(this.#length * 2);
      bigger.set(this.#values);
      this.#values = bigger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** @throws {RangeError} there is no such place */
  at(index: number): number {
    const value = index < this.#length ? this.#values[index] : undefined;
    if (value === undefined) throw new RangeError(`place ${index} of ${this.#length}`);
    return value;
  }
}
