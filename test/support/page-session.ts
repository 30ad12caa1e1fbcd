import type { TestServer } from './server.ts'

/** Somebody who is logged in on the pages, without a browser. */
export interface Visitor {
  /** Asks for a page, or sends a form with the token of the account's page. */
  visit (path: string, form?: Readonly<Record<string, string>>): Promise<Response>
  /** The account's page. */
  page (): Promise<string>
}

export async function logInOnPages (server: Pick<TestServer, 'url'>, password = 'secret1', name = 'alice'): Promise<Visitor> {
  const answer = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: name, password }), redirect: 'manual' })
  let cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: 'manual', headers: { cookie }, ...init })
  const page = async () => (await get('/account')).text()
  return {
    page,
    async visit (path, form) {
      if (form === undefined) return get(path)
      const token = /name="form_token" value="(\w+)"/.exec(await page())?.[1] ?? ''
      const sent = await get(path, { method: 'POST', body: new URLSearchParams({ form_token: token, ...form }) })
      cookie = sent.headers.get('set-cookie')?.split(';')[0] ?? cookie
      return sent
    }
  }
}
