/** The sum of a counter of a process over all its labels; 0 while it has counted nothing. */
export async function counterOf(url: string, name: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`)
  const text = await answer.text()
  if (!text.includes(`# TYPE ${name} counter`)) throw new Error(`${url} has no counter ${name}`)
  const values = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
