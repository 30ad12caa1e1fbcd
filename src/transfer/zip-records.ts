/**
 * The records of a ZIP around the bytes of its files (APPNOTE 6.3). Size and checksum of a file are known before its first byte, so
 * they are written before it: programs that read an archive from a pipe need them there.
 */

/** A file, or a directory, which has no bytes and a path that ends with `/`. */
export interface ZipEntry {
  readonly path: string
  readonly size: number
  readonly crc32: number
  /** Unix milliseconds. */
  readonly modifiedAt: number
}

const MAX_16 = 0xffff
const MAX_32 = 0xffffffff

/** The local header before the bytes of an entry. */
export function localHeader (entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.path)
  const sizes = zip64Field(largeSizes(entry))
  const extra = Buffer.concat([sizes, timeField(entry.modifiedAt)])
  const record = Buffer.alloc(LOCAL_LENGTH)
  record.writeUInt32LE(0x04034b50, 0)
  writeCommon(record, 4, entry, name.length, extra.length, sizes.length > 0)
  return Buffer.concat([record, name, extra])
}

/** The entry's record in the central directory. `offset` is the position of its local header. */
export function centralRecord (entry: ZipEntry, offset: number): Buffer {
  const name = Buffer.from(entry.path)
  const large = largeNumbers(entry, offset)
  const extra = Buffer.concat([zip64Field(large), timeField(entry.modifiedAt)])
  const record = Buffer.alloc(CENTRAL_LENGTH)
  record.writeUInt32LE(0x02014b50, 0)
  record.writeUInt16LE(MADE_ON_UNIX, 4)
  writeCommon(record, 6, entry, name.length, extra.length, large.length > 0)
  // A directory is marked for Unix and for DOS.
  record.writeUInt32LE(entry.path.endsWith('/') ? 0o040755 * 0x10000 + 0x10 : 0o100644 * 0x10000, 38)
  record.writeUInt32LE(Math.min(offset, MAX_32), 42)
  return Buffer.concat([record, name, extra])
}

/** How long both records of an entry are, without making them. */
export function recordLengths (entry: ZipEntry, offset: number): { readonly local: number, readonly central: number } {
  const both = Buffer.byteLength(entry.path) + timeField(entry.modifiedAt).length
  return {
    local: LOCAL_LENGTH + both + zip64Length(largeSizes(entry)),
    central: CENTRAL_LENGTH + both + zip64Length(largeNumbers(entry, offset))
  }
}

/** The end of an archive. `start` is the position of the central directory. */
export function endOfArchive (count: number, start: number, length: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(length, MAX_32), 12)
  end.writeUInt32LE(Math.min(start, MAX_32), 16)
  if (count < MAX_16 && length < MAX_32 && start < MAX_32) return end
  const large = Buffer.alloc(56)
  large.writeUInt32LE(0x06064b50, 0)
  large.writeBigUInt64LE(44n, 4)
  large.writeUInt16LE(MADE_ON_UNIX, 12)
  large.writeUInt16LE(NEEDS_ZIP64, 14)
  for (const [at, value] of [[24, count], [32, count], [40, length], [48, start]] as const) large.writeBigUInt64LE(BigInt(value), at)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(start + length), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([large, locator, end])
}

const NOTHING = Buffer.alloc(0)
const LOCAL_LENGTH = 30
const CENTRAL_LENGTH = 46
const MADE_ON_UNIX = 3 << 8 | 63
const NEEDS_ZIP64 = 45
const NEEDS_DIRECTORIES = 20
const NAME_IS_UTF8 = 1 << 11

/** The common part of both headers, from the needed version to the length of the extra fields; nothing is compressed. */
function writeCommon (record: Buffer, at: number, { size, crc32, modifiedAt }: ZipEntry, nameLength: number, extraLength: number, isLarge: boolean): void {
  const { date, time } = dosTime(modifiedAt)
  record.writeUInt16LE(isLarge ? NEEDS_ZIP64 : NEEDS_DIRECTORIES, at)
  record.writeUInt16LE(NAME_IS_UTF8, at + 2)
  record.writeUInt16LE(time, at + 6)
  record.writeUInt16LE(date, at + 8)
  record.writeUInt32LE(crc32, at + 10)
  record.writeUInt32LE(Math.min(size, MAX_32), at + 14)
  record.writeUInt32LE(Math.min(size, MAX_32), at + 18)
  record.writeUInt16LE(nameLength, at + 22)
  record.writeUInt16LE(extraLength, at + 24)
}

const largeSizes = ({ size }: ZipEntry): number[] => size >= MAX_32 ? [size, size] : []
const largeNumbers = (entry: ZipEntry, offset: number): number[] => [...largeSizes(entry), ...offset >= MAX_32 ? [offset] : []]

const zip64Length = ({ length }: readonly number[]): number => length === 0 ? 0 : 4 + 8 * length

/** The field for numbers larger than 32 bits; empty if there are none. */
function zip64Field (values: readonly number[]): Buffer {
  if (values.length === 0) return NOTHING
  const field = Buffer.alloc(zip64Length(values))
  field.writeUInt16LE(0x0001, 0)
  field.writeUInt16LE(8 * values.length, 2)
  values.forEach((value, index) => field.writeBigUInt64LE(BigInt(value), 4 + 8 * index))
  return field
}

/** Seconds since 1970 in Info-ZIP's format: independent of time zones, unlike DOS times. */
function timeField (modifiedAt: number): Buffer {
  const seconds = Math.floor(modifiedAt / 1000)
  if (seconds > 0x7fffffff) return NOTHING
  const field = Buffer.alloc(9)
  field.writeUInt16LE(0x5455, 0)
  field.writeUInt16LE(5, 2)
  field.writeUInt8(1, 4)
  field.writeInt32LE(seconds, 5)
  return field
}

/** From 1980 to 2107, in UTC, so that an archive does not depend on the server's time zone. */
function dosTime (modifiedAt: number): { date: number, time: number } {
  const at = new Date(Math.min(Math.max(modifiedAt, Date.UTC(1980, 0)), Date.UTC(2107, 11, 31, 23, 59, 58)))
  return {
    date: at.getUTCFullYear() - 1980 << 9 | at.getUTCMonth() + 1 << 5 | at.getUTCDate(),
    time: at.getUTCHours() << 11 | at.getUTCMinutes() << 5 | at.getUTCSeconds() >> 1
  }
}
