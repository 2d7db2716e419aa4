export const places = [
  'root',
  'upper',
  'middle',
  'child',
  'grandchild',
  'inactive',
  'belowInactive',
  'sibling',
  'nephew',
  'uncle',
  'foreignRoot',
  'foreignChild',
] as const

/** A company of the tests, by its place in one of the two trees. */
export type Place = (typeof places)[number]

export const parents: Readonly<Record<Place, Place | null>> = {
  root: null,
  upper: 'root',
  middle: 'upper',
  child: 'middle',
  grandchild: 'child',
  inactive: 'middle',
  belowInactive: 'inactive',
  sibling: 'upper',
  nephew: 'sibling',
  uncle: 'root',
  foreignRoot: null,
  foreignChild: 'foreignRoot',
}

/** How a company lies to another one. `inactive`: below it, and inactive itself or by a company above. */
export type Relation = 'own' | 'descendant' | 'ancestor' | 'sibling' | 'foreign' | 'inactive'

/** The companies above one, its parent first. */
export function placesAbove(place: Place): Place[] {
  const parent = parents[place]
  return parent === null ? [] : [parent, ...placesAbove(parent)]
}

export function isInactive(place: Place): boolean {
  return place === 'inactive' || placesAbove(place).includes('inactive')
}

/** How a company lies to another one, from where it is looked at. Whatever else is in the same tree counts as a sibling. */
export function relationOf(place: Place, from: Place): Relation {
  if (place === from) return 'own'
  if (placesAbove(place).includes(from)) return isInactive(place) ? 'inactive' : 'descendant'
  if (placesAbove(from).includes(place)) return 'ancestor'
  return rootOf(place) === rootOf(from) ? 'sibling' : 'foreign'
}

function rootOf(place: Place): Place {
  return placesAbove(place).at(-1) ?? place
}
