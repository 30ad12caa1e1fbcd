/** The names of what lies in a storage folder and in a backup of it. */

/** Metadata. */
export const DATABASE = 'respace.sqlite'

/** 64 hex digits, unless the key comes from a setting. */
export const SECRET_KEY = 'secret.key'
