/**
 * A page below a path. Pages write links from the root, and this one function puts the path in front of each.
 * Texts of users are never mistaken for links: their quotes are escaped.
 */
export function mount (page: string, basePath: string): string {
  return basePath === '' ? page : page.replace(/(\s(?:href|src|action|formaction|data-page|data-edit)=")(?=\/(?!\/))/g, (start: string) => start + basePath)
}
