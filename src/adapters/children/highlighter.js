// Not imported in TypeScript: the types of this package bring those of browsers along, which contradict those of Node.
export { default as highlighter } from 'highlight.js/lib/common'
