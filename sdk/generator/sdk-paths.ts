/** Where each generated file goes, from the root of the SDK. */
export const sdkPaths = [
  'src/generated/schema.ts',
  'src/generated/models.ts',
  'src/generated/resources.ts',
  'src/generated/create-resources.ts',
  'README.md',
] as const
export type SdkPath = (typeof sdkPaths)[number]
