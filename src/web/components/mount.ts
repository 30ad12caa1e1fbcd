/**
 * A page below another path than the root. Pages write their own links from the root, and here, in one place, each gets
 * the path in front. No text of a user is taken for a link: its quotes are escaped.
 */
export function mount (page: string, basePath: string): string {
  return basePath === '' ? page : page.replace(/(\s(?:href|src|action|formaction|data-page|data-edit)=")(?=\/(?!\/))/g, (start: string) => start + basePath)
}
