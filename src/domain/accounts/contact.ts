/** An entry of a user's address book. */
export interface Contact {
  readonly email: string
  readonly name: string
  readonly description: string
  readonly type: number
}

/** Added by the user, or collected when the user sent mail (the guide). */
export const ADDED = 0
export const COLLECTED = 1
