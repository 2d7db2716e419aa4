import { benchCreateLead } from './create-lead/run.ts'
import { benchFootprint } from './footprint/run.ts'
import { benchGateway } from './gateway/run.ts'
import { benchLoginFlood } from './gateway-login-flood/run.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { benchQualifyLatency } from './qualify-latency/run.ts'

const benchmarks: Record<string, (options: BenchOptions) => Promise<unknown>> = {
  'create-lead': benchCreateLead,
  'qualify-latency': benchQualifyLatency,
  footprint: benchFootprint,
  gateway: benchGateway,
  'login-flood': benchLoginFlood,
}

const options = optionsOrExit()
const results: Record<string, unknown> = {}
for (const name of options.names) results[name] = await benchmarks[name]?.(options)
if (options.json) console.log(JSON.stringify(results))

function optionsOrExit(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2), Object.keys(benchmarks))
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
