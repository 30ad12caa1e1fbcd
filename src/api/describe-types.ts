/** Names for the elements of answers, so that one type of a program is made for all answers that share it. */
import type { ElementDescription, MethodDescription, TypeDescription } from './contract-format.ts'

/**
 * The types, and the methods with the names of theirs. Elements of one name with the same attributes, in any order, are one type. The type that most
 * methods answer is called as the element (`File`), one that has an id only `FileId`, any other has its method before it (`FoldersGetSharedFile`).
 */
export function typesOf (methods: readonly MethodDescription[]): { readonly types: Readonly<Record<string, TypeDescription>>, readonly namedAll: readonly MethodDescription[] } {
  const uses = new Map<string, { readonly shape: ElementDescription, readonly methods: string[] }>()
  for (const { name, answer } of methods) {
    for (const shape of answer.filter(({ attributes }) => attributes !== null)) {
      const use = uses.get(signatureOf(shape))
      if (use === undefined) uses.set(signatureOf(shape), { shape, methods: [name] })
      else use.methods.push(name)
    }
  }
  const all = [...uses]
  const names = new Map(all.map(([signature, { shape, methods }]) => {
    const mostUsed = Math.max(...all.filter(([, use]) => use.shape.element === shape.element && !isIdOnly(use.shape)).map(([, use]) => use.methods.length))
    const element = capital(shape.element)
    const isFirst = all.find(([, use]) => use.shape.element === shape.element && !isIdOnly(use.shape) && use.methods.length === mostUsed)?.[0] === signature
    return [signature, isIdOnly(shape) ? `${element}Id` : isFirst ? element : `${(methods[0] ?? '').split('.').map(capital).join('')}${element}`]
  }))
  const typeOf = (shape: ElementDescription): string | null => names.get(signatureOf(shape)) ?? null
  return {
    types: Object.fromEntries(all.map(([signature, { shape }]) => [names.get(signature) ?? '', { element: shape.element, attributes: shape.attributes ?? [] }])),
    namedAll: methods.map(method => ({ ...method, answer: method.answer.map(shape => ({ ...shape, type: shape.attributes === null ? null : typeOf(shape) })) }))
  }
}

const signatureOf = ({ element, attributes }: ElementDescription): string =>
  [element, ...(attributes ?? []).map(({ name, value, mayBeEmpty }) => `${name} ${value} ${mayBeEmpty}`).sort()].join('\n')

const isIdOnly = ({ attributes }: ElementDescription): boolean => attributes?.length === 1 && attributes[0]?.name === 'id'

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
