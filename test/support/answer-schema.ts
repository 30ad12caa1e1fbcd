/** Holds answers against the schema that the server itself serves. */
import { XmlDocument, XsdValidator } from 'libxml2-wasm'

const INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const RESULT = /<result method="([^"]*)" status="(ok|fail)"/

interface Schema {
  readonly validator: XsdValidator
  /** The declared names of methods by their small letters. */
  readonly names: ReadonlyMap<string, string>
}

/** Read once in a process: all servers of a process are of one build. */
let known: Promise<Schema> | undefined

/** Throws unless a document is valid, a success by the type of its own method. The document. */
export async function requireValid (xml: string, url: string): Promise<string> {
  const { validator, names } = await (known ??= readSchema(url))
  const typed = xml.replace(RESULT, (start, method: string, status: string) => {
    const type = status === 'fail' ? 'Failure' : names.get(method.toLowerCase())
    if (type === undefined) throw new Error(`the schema does not know ${method}`)
    return `${start} ${INSTANCE} xsi:type="${type}"`
  })
  const document = XmlDocument.fromString(typed)
  try {
    validator.validate(document)
  } catch (error) {
    throw new Error(`not valid: ${String(error)}\n${xml}`)
  } finally {
    document.dispose()
  }
  return xml
}

async function readSchema (url: string): Promise<Schema> {
  const text = await (await fetch(`${new URL(url).origin}/docs/contract.xsd`)).text()
  const names = [...text.matchAll(/<xs:complexType name="([a-z]+\.[a-zA-Z]+)"/g)].map(([, name = '']) => [name.toLowerCase(), name] as const)
  const document = XmlDocument.fromString(text)
  try {
    return { validator: XsdValidator.fromDoc(document), names: new Map(names) }
  } finally {
    document.dispose()
  }
}
