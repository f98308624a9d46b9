/** An answer that is well-formed and yet not AWS's: empty, or without what it must hold. */
export class ForeignAnswer extends Error {}
