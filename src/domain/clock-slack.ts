/**
 * Clocks jump: a server whose clock was two years ahead for a minute leaves such times in its rows. A time further in the future than the
 * longest possible duration plus this slack was written by such a clock, and counts as expired. The slack is for a clock that was a few hours
 * wrong: work begun before the correction continues. No rows are changed, since it may be the current clock that is wrong.
 */
export const CLOCK_SLACK = 24 * 60 * 60 * 1000
