/**
 * Clocks jump: a server that was two years ahead for a minute leaves times of then. A time that lies further ahead than what it tells of can last,
 * and this slack, was written by such a clock and counts as over. The slack is for a clock that was a few hours wrong:
 * what was begun before it was put right goes on. Nothing is changed in rows of which only the clock may be wrong now.
 */
export const CLOCK_SLACK = 24 * 60 * 60 * 1000
