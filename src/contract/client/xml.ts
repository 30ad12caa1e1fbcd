/** An XML answer as a strict parser reads it. */
import { SaxesParser } from 'saxes'

export interface XmlElement {
  readonly name: string
  /** In document order. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

/** The root element; throws for XML that is not well-formed. */
export function parseXml (xml: string): XmlElement {
  const parser = new SaxesParser()
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  parser.on('error', error => { throw error })
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = { name, attributes, children: [], text: '' }
    if (root === undefined) root = element
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const addText = (text: string): void => {
    const element = open.at(-1)
    if (element) element.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => { open.pop() })
  parser.write(xml).close()
  if (root === undefined) throw new Error('an empty document')
  return root
}

export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined => element?.children.find(child => child.name === name)
export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] => element?.children.filter(child => child.name === name) ?? []
