/** What a script on a session's node has to know of the sets that the session joined on other nodes. */
export interface HeldBySets {
  /** Until when the sets are sure to hold the session's id, ms; `undefined` if it joined none. */
  readonly until: number | undefined
  /** Until when the session may take their values, ms. */
  readonly writeUntil: number | undefined
  /** In the order of the joins. */
  readonly sets: readonly HeldBySet[]
}

export interface HeldBySet {
  readonly field: string
  readonly value: string
  /** The revocation time under which the session joined, µs; '' where nothing refuses it. */
  readonly revokedAt: string
  /** Whether it was let in only because the session had the value at that time. */
  readonly hadValue: boolean
  /** The slot that it claimed; '' for none. */
  readonly slot: string
}
