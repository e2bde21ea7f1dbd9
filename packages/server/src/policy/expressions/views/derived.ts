/** A value that is worked out from another one, and again only when that one is another. */
export class Derived<From, To> {
  readonly #make: (from: From) => To;
  #made: { readonly from: From; readonly to: To } | undefined;

  constructor(make: (from: From) => To) {
    this.#make = make;
  }

  of(from: From): To {
    if (this.#made === undefined || this.#made.from !== from) this.#made = { from, to: this.#make(from) };
    return this.#made.to;
  }
}
