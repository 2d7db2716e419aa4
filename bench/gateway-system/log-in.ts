export interface Login {
  email: string
  password: string
}

/** The sample users that the benchmarks play. */
export const logins = {
  admin: { email: 'admin@crm.com', password: 'admin123' },
  west: { email: 'user.west@crm.com', password: 'west123' },
} as const

/** Headers of somebody with an access token: what each service wants, of which the gateway reads the token alone. */
export async function logIn(url: string, login: Login): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/auth/login`, { method: 'POST', headers, body: JSON.stringify(login) })
  if (answer.status !== 200) throw new Error(`the login of ${login.email} was answered ${answer.status}: ${await answer.text()}`)
  const { accessToken, user } = (await answer.json()) as { accessToken: string; user: { id: string } }
  return { ...headers, authorization: `Bearer ${accessToken}`, 'x-user-id': user.id }
}
