import { exampleUser } from '../users/users.examples.ts'

const accessToken =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxOTgwMDAwIn0.eyJzdWIiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMGEwMDQifQ.c2lnbmF0dXJl'

export const exampleTokens = {
  accessToken,
  refreshToken: '9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE',
  expiresIn: 900,
  user: exampleUser,
}

/** Of the sample data. */
export const exampleLogin = { email: exampleUser.email, password: 'west123' }
