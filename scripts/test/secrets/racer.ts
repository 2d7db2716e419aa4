import { parentPort, workerData } from 'node:worker_threads'
import { writeSecrets } from '../../secrets/write-secrets.ts'

const { folders, arrived, runs }: { folders: string[]; arrived: Int32Array; runs: number } = workerData

const made = folders.map((folder, round) => {
  // Nobody begins a round before all are there.
  Atomics.add(arrived, round, 1)
  Atomics.notify(arrived, round)
  for (let there = 0; there < runs; there = Atomics.load(arrived, round)) Atomics.wait(arrived, round, there)
  return writeSecrets(folder).made
})
parentPort?.postMessage(made)
