/**
 * What comes of what a client does against the guide though the API forgives it; never another answer. `off`: the journal
 * tells. `warn`: a header of the answer as well. `fail`: the end of the emulator is a failure besides.
 */
export type Strictness = 'off' | 'warn' | 'fail'
