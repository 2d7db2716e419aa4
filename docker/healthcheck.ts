// Run by the container engine inside the container, with its environment: exits with 0 when the process says that it is ready.
const port = process.env.PORT ?? process.env.ADMIN_PORT

try {
  const answer = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(4_000) })
  // `docker inspect` shows it: the reasons, when it is not ready.
  process.stdout.write(`${answer.status} ${await answer.text()}\n`)
  process.exitCode = answer.ok ? 0 : 1
} catch (error) {
  process.stdout.write(`no answer on port ${port}: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
