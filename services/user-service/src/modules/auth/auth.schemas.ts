import { Email, Nullable, OneOf, ref, Secret } from '@crm/service-kit/http/schemas.ts'
import { type Static, Type } from '@sinclair/typebox'
import { User } from '../users/users.schemas.ts'
import { exampleLogin, exampleTokens } from './auth.examples.ts'
import { refreshCookie } from './refresh-cookie.ts'

export const Login = Type.Object(
  {
    email: Email({ examples: [exampleLogin.email] }),
    password: Secret({ minLength: 1, maxLength: 200, examples: [exampleLogin.password] }),
    session: Type.Optional(
      OneOf(['token', 'cookie'], {
        default: 'token',
        description:
          '`token`: the refresh token is in the answer. `cookie`, for browsers: it comes as a cookie that no script can read; needs the header Origin, of this host.',
        examples: ['token'],
      }),
    ),
  },
  { $id: 'Login', additionalProperties: false, examples: [exampleLogin] },
)
export type Login = Static<typeof Login>

export const RefreshTokenInput = Type.Object(
  {
    refreshToken: Type.Optional(
      Secret({ minLength: 1, maxLength: 200, description: 'Left out where it is in the cookie.', examples: [exampleTokens.refreshToken] }),
    ),
  },
  { $id: 'RefreshTokenInput', additionalProperties: false, examples: [{ refreshToken: exampleTokens.refreshToken }] },
)
export type RefreshTokenInput = Static<typeof RefreshTokenInput>

/** For documents alone: the server reads the cookie itself. */
export const RefreshCookie = Type.Object({
  [refreshCookie]: Type.Optional(
    Type.String({
      description:
        'The refresh token of a browser session, which the browser sends by itself; read where the body has none. Needs the header Origin, of this host.',
    }),
  ),
})

export const AuthTokens = Type.Object(
  {
    accessToken: Type.String({
      description: 'Goes as `Authorization: Bearer`; a JSON Web Token whose `sub` is the user and whose `sid` is the session.',
      examples: [exampleTokens.accessToken],
    }),
    refreshToken: Nullable(
      Type.String({
        description: 'Gets the next access token, once; the answer has the one after it. Null where it is in the cookie.',
        examples: [exampleTokens.refreshToken],
      }),
    ),
    expiresIn: Type.Integer({ description: 'Seconds until the access token ends.', examples: [exampleTokens.expiresIn] }),
    user: ref(User),
  },
  { $id: 'AuthTokens', description: 'What continues a session.', examples: [exampleTokens] },
)
export type AuthTokens = Static<typeof AuthTokens>
