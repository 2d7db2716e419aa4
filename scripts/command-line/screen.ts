/** Where a command writes to. */
export interface Screen {
  /** Characters in a line; infinite where nobody looks. */
  width: number
  print(line: string): void
  /** The same for errors. */
  complain(line: string): void
}
