// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the keys that access tokens are checked with
         * @description A new key is published a minute before it signs; the one before it stays until its last token has ended.
         */
        get: operations["getPublicKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Begins a session, which lives for 30 days after its last refresh. A user has 100 at most: one more ends the one that was not refreshed for longest. An unknown email and a wrong password get the same answer; many attempts are slowed: 429 says for how long.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get the next access token
         * @description The refresh token is replaced by the one in the answer, and works for 10 seconds more: then it gives the same one again. Showing it later ends the session, since it may have been stolen.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session of the refresh token, and its access tokens with it. One that has ended already is left at that.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/me/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what decides the access of the caller
         * @description Which companies surround the caller: the access rules of every service follow from it. 401 once the caller is inactive or their session has ended.
         */
        get: operations["getMyAccess"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/companies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List companies
         * @description The companies the caller may see: their own, those above it and, for a PARENT_ADMIN, those below it.
         */
        get: operations["listCompanies"];
        put?: never;
        /**
         * Create a company
         * @description Below a company of the caller, who must be its PARENT_ADMIN or that of one above it. A SYSTEM_ADMIN creates anywhere, roots too.
         */
        post: operations["createCompany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/companies/{companyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a company
         * @description Their own, one above it or, for a PARENT_ADMIN, one below it; any other is answered as if it were not there.
         */
        get: operations["getCompany"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename, activate or deactivate a company
         * @description A PARENT_ADMIN changes the companies below their own, not their own.
         */
        patch: operations["updateCompany"];
        trace?: never;
    };
    "/v1/companies/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find out which companies exist and are active
         * @description Changes nothing. Anyone may ask about any id; names are given only of companies the caller may see.
         */
        post: operations["resolveCompanies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the caller
         * @description The user who calls, with their name, role and company.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description A PARENT_ADMIN sees the users of their company and of those below it, a CHILD_USER themselves. Names sort by first, then last name.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Create a user
         * @description Nobody grants a role above their own. A SYSTEM_ADMIN has no company, everyone else has one.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a user
         * @description A user whom the caller may not see is answered as if they were not there.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description A CHILD_USER changes their own first and last name only. Nobody changes their own role, company or activity.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/v1/users/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's sessions
         * @description Those that live, the newest first unless asked otherwise.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/me/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of the caller's sessions
         * @description Its access tokens are refused within two seconds, everywhere.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the caller's password
         * @description Ends all other sessions of the caller. A wrong current password is 401 `invalid_credentials`; many of them are slowed as logins are.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Reset a user's password
         * @description By an administrator whom the user is in the scope of. Ends all sessions of the user. Nobody resets their own.
         */
        put: operations["setUserPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List leads
         * @description The live leads of the companies the caller may read, newest first unless asked otherwise.
         */
        get: operations["listLeads"];
        put?: never;
        /**
         * Create a lead
         * @description The lead is NEW; the system qualifies it within moments and publishes `lead.created`, then `lead.qualified`.
         */
        post: operations["createLead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leads/{leadId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a lead
         * @description A lead that was deleted, or that the caller may not read, is answered as if it were not there.
         */
        get: operations["getLead"];
        put?: never;
        post?: never;
        /**
         * Delete a lead
         * @description The lead can be restored for 30 days.
         */
        delete: operations["deleteLead"];
        options?: never;
        head?: never;
        /**
         * Change a lead
         * @description Sets the name, or the status to CONTACTED or REJECTED, from any status.
         */
        patch: operations["updateLead"];
        trace?: never;
    };
    "/v1/leads/{leadId}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a deleted lead
         * @description Within 30 days of its deletion, unless the company has another lead with its email by now. A live lead stays as it is.
         */
        post: operations["restoreLead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leads/{leadId}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase a lead for good
         * @description Removes the lead, deleted or not, and the remembered answers that show it. It cannot be restored. What was published of it leaves the event log with its age.
         */
        post: operations["eraseLead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What went wrong, as RFC 9457 problem details. */
        Problem: {
            /**
             * Format: uri
             * @example urn:crm:problem:not_found
             */
            type: string;
            /** @example No such resource */
            title: string;
            /** @example 404 */
            status: number;
            /** @example There is no lead with this id. */
            detail: string;
            /**
             * @description Stable; branch on it. New codes may come: treat one you do not know by its status.
             * @example not_found
             * @enum {string}
             */
            code: "validation_failed" | "malformed_request" | "malformed_body" | "invalid_cursor" | "unauthenticated" | "invalid_credentials" | "forbidden" | "not_found" | "request_timeout" | "lead_already_exists" | "email_already_exists" | "idempotency_in_progress" | "precondition_failed" | "body_too_large" | "unsupported_media_type" | "misdirected_request" | "company_not_found" | "company_inactive" | "invalid_status_transition" | "idempotency_key_reused" | "rate_limited" | "headers_too_large" | "internal_error" | "dependency_unavailable" | "unavailable" | "dependency_timeout" | (string & {});
            /**
             * @description The path of the request.
             * @example /v1/leads/01980000-0000-7000-8000-000000000001
             */
            instance: string;
            /** @example 01980000-0000-7000-8000-00000000abcd */
            requestId: string;
            /** @description For bad input: where and what. Pointers (RFC 6901) start at the request part: /body, /query, /path or /headers. */
            errors?: {
                /** @example /body/email */
                pointer: string;
                /** @example is required */
                message: string;
            }[];
            /**
             * Format: uuid
             * @description For duplicates: the record that exists already.
             */
            existingId?: string;
        };
        /**
         * @description A key that access tokens are checked with, as JSON Web Key (RFC 7517, RFC 8037).
         * @example {
         *       "kty": "OKP",
         *       "crv": "Ed25519",
         *       "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
         *       "kid": "01980000-0000-7000-8000-00000000ce11",
         *       "use": "sig",
         *       "alg": "EdDSA"
         *     }
         */
        PublicKey: {
            /**
             * @example OKP
             * @enum {string}
             */
            kty: "OKP";
            /**
             * @example Ed25519
             * @enum {string}
             */
            crv: "Ed25519";
            /**
             * @description The key, base64url.
             * @example 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
             */
            x: string;
            /**
             * @description Its id, as in the header of the tokens it signed.
             * @example 01980000-0000-7000-8000-00000000ce11
             */
            kid: string;
            /**
             * @example sig
             * @enum {string}
             */
            use: "sig";
            /**
             * @example EdDSA
             * @enum {string}
             */
            alg: "EdDSA";
        };
        /**
         * @description Every key that a valid access token may be signed with.
         * @example {
         *       "keys": [
         *         {
         *           "kty": "OKP",
         *           "crv": "Ed25519",
         *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
         *           "kid": "01980000-0000-7000-8000-00000000ce11",
         *           "use": "sig",
         *           "alg": "EdDSA"
         *         }
         *       ]
         *     }
         */
        PublicKeySet: {
            keys: components["schemas"]["PublicKey"][];
        };
        /**
         * @description SYSTEM_ADMIN may do everything; PARENT_ADMIN manages a company and its descendants; CHILD_USER works in one company.
         * @example PARENT_ADMIN
         * @enum {string}
         */
        Role: "SYSTEM_ADMIN" | "PARENT_ADMIN" | "CHILD_USER";
        /**
         * @description Somebody who works with the system.
         * @example {
         *       "id": "01980000-0000-7000-8000-00000000a004",
         *       "email": "user.west@crm.com",
         *       "firstName": "Wes",
         *       "lastName": "West",
         *       "role": "CHILD_USER",
         *       "companyId": "01980000-0000-7000-8000-00000000c002",
         *       "isActive": true,
         *       "createdAt": "2026-01-31T09:30:00.000Z",
         *       "updatedAt": "2026-01-31T09:30:00.000Z",
         *       "version": 1
         *     }
         */
        User: {
            /**
             * Format: uuid
             * @example 01980000-0000-7000-8000-00000000a004
             */
            id: string;
            /**
             * Format: idn-email
             * @description Unique.
             * @example leonie.koehler@example.com
             */
            email: string;
            firstName: string | null;
            lastName: string | null;
            role: components["schemas"]["Role"];
            companyId: string | null;
            /**
             * @description An inactive user is turned away everywhere.
             * @example true
             */
            isActive: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            updatedAt: string;
            /**
             * @description Counts the changes of the record; its ETag.
             * @example 1
             */
            version: number;
        };
        /**
         * @example {
         *       "email": "user.west@crm.com",
         *       "password": "west123"
         *     }
         */
        Login: {
            /**
             * Format: idn-email
             * @example user.west@crm.com
             */
            email: string;
            /** @example west123 */
            password: string;
            /**
             * @description `token`: the refresh token is in the answer. `cookie`, for browsers: it comes as a cookie that no script can read; needs the header Origin, of this host.
             * @default token
             * @example token
             * @enum {string}
             */
            session?: "token" | "cookie";
        };
        /**
         * @example {
         *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE"
         *     }
         */
        RefreshTokenInput: {
            /**
             * @description Left out where it is in the cookie.
             * @example 9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE
             */
            refreshToken?: string;
        };
        /**
         * @description What continues a session.
         * @example {
         *       "accessToken": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxOTgwMDAwIn0.eyJzdWIiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMGEwMDQifQ.c2lnbmF0dXJl",
         *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE",
         *       "expiresIn": 900,
         *       "user": {
         *         "id": "01980000-0000-7000-8000-00000000a004",
         *         "email": "user.west@crm.com",
         *         "firstName": "Wes",
         *         "lastName": "West",
         *         "role": "CHILD_USER",
         *         "companyId": "01980000-0000-7000-8000-00000000c002",
         *         "isActive": true,
         *         "createdAt": "2026-01-31T09:30:00.000Z",
         *         "updatedAt": "2026-01-31T09:30:00.000Z",
         *         "version": 1
         *       }
         *     }
         */
        AuthTokens: {
            /**
             * @description Goes as `Authorization: Bearer`; a JSON Web Token whose `sub` is the user and whose `sid` is the session.
             * @example eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxOTgwMDAwIn0.eyJzdWIiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMGEwMDQifQ.c2lnbmF0dXJl
             */
            accessToken: string;
            refreshToken: string | null;
            /**
             * @description Seconds until the access token ends.
             * @example 900
             */
            expiresIn: number;
            user: components["schemas"]["User"];
        };
        /**
         * @description What decides the access of the caller.
         * @example {
         *       "user": {
         *         "id": "01980000-0000-7000-8000-00000000a004",
         *         "role": "CHILD_USER",
         *         "companyId": "01980000-0000-7000-8000-00000000c002",
         *         "isActive": true
         *       },
         *       "sessionId": null,
         *       "unrestricted": false,
         *       "ancestorIds": [
         *         "01980000-0000-7000-8000-00000000c001"
         *       ],
         *       "descendantIds": []
         *     }
         */
        Access: {
            user: {
                /**
                 * Format: uuid
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                id: string;
                role: components["schemas"]["Role"];
                companyId: string | null;
                /** @example true */
                isActive: boolean;
            };
            sessionId: string | null;
            /**
             * @description True for SYSTEM_ADMIN: no company limits the caller.
             * @example false
             */
            unrestricted: boolean;
            /** @description The companies above the caller's, the root first. */
            ancestorIds: string[];
            /** @description The companies below the caller's; empty for CHILD_USER, who sees none of them. */
            descendantIds: string[];
        };
        /**
         * @description A company by name; the name is null where the caller may not see the company.
         * @example {
         *       "id": "01980000-0000-7000-8000-00000000c002",
         *       "name": "Acme West Division"
         *     }
         */
        CompanyReference: {
            /**
             * Format: uuid
             * @example 01980000-0000-7000-8000-00000000c002
             */
            id: string;
            name: string | null;
        };
        /**
         * @description A company in a tree of companies.
         * @example {
         *       "id": "01980000-0000-7000-8000-00000000c002",
         *       "name": "Acme West Division",
         *       "parentId": "01980000-0000-7000-8000-00000000c001",
         *       "parent": {
         *         "id": "01980000-0000-7000-8000-00000000c001",
         *         "name": "Acme Corporation"
         *       },
         *       "isActive": true,
         *       "createdAt": "2026-01-31T09:30:00.000Z",
         *       "updatedAt": "2026-01-31T09:30:00.000Z",
         *       "version": 1
         *     }
         */
        Company: {
            /**
             * Format: uuid
             * @example 01980000-0000-7000-8000-00000000c002
             */
            id: string;
            /** @example Acme West Division */
            name: string;
            parentId: string | null;
            parent: components["schemas"]["CompanyReference"] | null;
            /**
             * @description The stored flag. The company is active only while all companies above it are, too.
             * @example true
             */
            isActive: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            updatedAt: string;
            /**
             * @description Counts the changes of the record; its ETag.
             * @example 1
             */
            version: number;
        };
        /**
         * @example {
         *       "name": "Acme South Division",
         *       "parentId": "01980000-0000-7000-8000-00000000c001"
         *     }
         */
        CompanyCreate: {
            /** @example Acme West Division */
            name: string;
            parentId?: string | null;
        };
        /**
         * @example {
         *       "name": "Acme Pacific Division"
         *     }
         */
        CompanyUpdate: {
            /** @example Acme West Division */
            name?: string;
            /**
             * @description False makes the records of the company and all below it read-only and turns their users away.
             * @example true
             */
            isActive?: boolean;
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "id": "01980000-0000-7000-8000-00000000c002",
         *           "name": "Acme West Division",
         *           "parentId": "01980000-0000-7000-8000-00000000c001",
         *           "parent": {
         *             "id": "01980000-0000-7000-8000-00000000c001",
         *             "name": "Acme Corporation"
         *           },
         *           "isActive": true,
         *           "createdAt": "2026-01-31T09:30:00.000Z",
         *           "updatedAt": "2026-01-31T09:30:00.000Z",
         *           "version": 1
         *         }
         *       ],
         *       "page": {
         *         "limit": 50,
         *         "nextCursor": null
         *       }
         *     }
         */
        CompanyPage: {
            data: components["schemas"]["Company"][];
            page: {
                /** @example 50 */
                limit: number;
                /** @description Asks for the next page; null on the last. */
                nextCursor: string | null;
                /** @description Only with includeTotal=true. */
                total?: number;
            };
        };
        /**
         * @example {
         *       "ids": [
         *         "01980000-0000-7000-8000-00000000c002"
         *       ]
         *     }
         */
        CompanyResolve: {
            /** @description Repeated ids are answered as often as they come. */
            ids: string[];
            /**
             * @description Adds the descendants that the caller may see.
             * @example false
             */
            includeDescendants?: boolean;
        };
        /**
         * @description What there is to know about a company that is named by its id.
         * @example {
         *       "id": "01980000-0000-7000-8000-00000000c002",
         *       "exists": true,
         *       "isActive": true,
         *       "name": "Acme West Division"
         *     }
         */
        ResolvedCompany: {
            /**
             * Format: uuid
             * @example 01980000-0000-7000-8000-00000000c002
             */
            id: string;
            /** @example true */
            exists: boolean;
            /**
             * @description Whether the company and all above it are active; false for an unknown one.
             * @example true
             */
            isActive: boolean;
            name: string | null;
            /** @description Only with includeDescendants: companies below it, at any depth, that the caller may see. */
            descendantIds?: string[];
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "id": "01980000-0000-7000-8000-00000000c002",
         *           "exists": true,
         *           "isActive": true,
         *           "name": "Acme West Division"
         *         }
         *       ]
         *     }
         */
        CompanyResolution: {
            /** @description In the order of the ids. */
            data: components["schemas"]["ResolvedCompany"][];
        };
        /**
         * @example {
         *       "email": "leonie.koehler@example.com",
         *       "role": "CHILD_USER",
         *       "companyId": "01980000-0000-7000-8000-00000000c002",
         *       "firstName": "Leonie",
         *       "lastName": "Köhler",
         *       "password": "correct horse battery staple"
         *     }
         */
        UserCreate: {
            /**
             * Format: idn-email
             * @example leonie.koehler@example.com
             */
            email: string;
            role: components["schemas"]["Role"];
            companyId: string | null;
            firstName?: string | null;
            lastName?: string | null;
            /**
             * @description Never shown again.
             * @example correct horse battery staple
             */
            password?: string;
        };
        /**
         * @example {
         *       "lastName": "Weston"
         *     }
         */
        UserUpdate: {
            /**
             * Format: idn-email
             * @example leonie.koehler@example.com
             */
            email?: string;
            firstName?: string | null;
            lastName?: string | null;
            role?: components["schemas"]["Role"];
            companyId?: string | null;
            /**
             * @description An inactive user is turned away everywhere.
             * @example true
             */
            isActive?: boolean;
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "id": "01980000-0000-7000-8000-00000000a004",
         *           "email": "user.west@crm.com",
         *           "firstName": "Wes",
         *           "lastName": "West",
         *           "role": "CHILD_USER",
         *           "companyId": "01980000-0000-7000-8000-00000000c002",
         *           "isActive": true,
         *           "createdAt": "2026-01-31T09:30:00.000Z",
         *           "updatedAt": "2026-01-31T09:30:00.000Z",
         *           "version": 1
         *         }
         *       ],
         *       "page": {
         *         "limit": 50,
         *         "nextCursor": null
         *       }
         *     }
         */
        UserPage: {
            data: components["schemas"]["User"][];
            page: {
                /** @example 50 */
                limit: number;
                /** @description Asks for the next page; null on the last. */
                nextCursor: string | null;
                /** @description Only with includeTotal=true. */
                total?: number;
            };
        };
        /**
         * @description A login that lives.
         * @example {
         *       "id": "01980000-0000-7000-8000-000000005e55",
         *       "kind": "cookie",
         *       "address": "203.0.113.7",
         *       "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         *       "isCurrent": true,
         *       "createdAt": "2026-01-31T09:30:00.000Z",
         *       "refreshedAt": "2026-01-31T11:45:00.000Z",
         *       "expiresAt": "2026-03-02T11:45:00.000Z"
         *     }
         */
        Session: {
            /**
             * Format: uuid
             * @description The `sid` of its access tokens.
             * @example 01980000-0000-7000-8000-000000005e55
             */
            id: string;
            /**
             * @description How its refresh tokens travel: in bodies, or as a cookie of a browser.
             * @example cookie
             * @enum {string}
             */
            kind: "token" | "cookie";
            /**
             * @description Where it was begun from: an IP address.
             * @example 203.0.113.7
             */
            address: string;
            userAgent: string | null;
            /**
             * @description Whether the access token of this request is of this session.
             * @example true
             */
            isCurrent: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last got an access token.
             * @example 2026-01-31T11:45:00.000Z
             */
            refreshedAt: string;
            /**
             * Format: date-time
             * @description When it ends unless it is refreshed before.
             * @example 2026-03-02T11:45:00.000Z
             */
            expiresAt: string;
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "id": "01980000-0000-7000-8000-000000005e55",
         *           "kind": "cookie",
         *           "address": "203.0.113.7",
         *           "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         *           "isCurrent": true,
         *           "createdAt": "2026-01-31T09:30:00.000Z",
         *           "refreshedAt": "2026-01-31T11:45:00.000Z",
         *           "expiresAt": "2026-03-02T11:45:00.000Z"
         *         }
         *       ],
         *       "page": {
         *         "limit": 50,
         *         "nextCursor": null
         *       }
         *     }
         */
        SessionPage: {
            data: components["schemas"]["Session"][];
            page: {
                /** @example 50 */
                limit: number;
                /** @description Asks for the next page; null on the last. */
                nextCursor: string | null;
                /** @description Only with includeTotal=true. */
                total?: number;
            };
        };
        /**
         * @example {
         *       "currentPassword": "west123",
         *       "newPassword": "correct horse battery staple"
         *     }
         */
        PasswordUpdate: {
            /** @example west123 */
            currentPassword: string;
            /**
             * @description Never shown again.
             * @example correct horse battery staple
             */
            newPassword: string;
        };
        /**
         * @example {
         *       "newPassword": "correct horse battery staple"
         *     }
         */
        PasswordResetInput: {
            /**
             * @description Never shown again. Tell it to the user, who should change it.
             * @example correct horse battery staple
             */
            newPassword: string;
        };
        /**
         * @description NEW at birth; the system makes NEW into QUALIFIED; people set CONTACTED or REJECTED.
         * @example QUALIFIED
         * @enum {string}
         */
        LeadStatus: "NEW" | "QUALIFIED" | "CONTACTED" | "REJECTED";
        /**
         * @description Somebody a company may sell to. One live lead per company and email.
         * @example {
         *       "id": "01980000-0000-7000-8000-000000000001",
         *       "name": "Leonie Köhler",
         *       "email": "leonie.koehler@example.com",
         *       "status": "QUALIFIED",
         *       "companyId": "01980000-0000-7000-8000-00000000c002",
         *       "createdAt": "2026-01-31T09:30:00.000Z",
         *       "updatedAt": "2026-01-31T09:30:00.150Z",
         *       "version": 2
         *     }
         */
        Lead: {
            /**
             * Format: uuid
             * @example 01980000-0000-7000-8000-000000000001
             */
            id: string;
            /** @example Leonie Köhler */
            name: string;
            /**
             * Format: idn-email
             * @example leonie.koehler@example.com
             */
            email: string;
            status: components["schemas"]["LeadStatus"];
            /**
             * Format: uuid
             * @description Never changes.
             * @example 01980000-0000-7000-8000-00000000c002
             */
            companyId: string;
            company?: components["schemas"]["CompanyReference"];
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            updatedAt: string;
            /**
             * @description Counts the changes of the record; its ETag.
             * @example 1
             */
            version: number;
        };
        /**
         * @example {
         *       "name": "Leonie Köhler",
         *       "email": "leonie.koehler@example.com",
         *       "companyId": "01980000-0000-7000-8000-00000000c002"
         *     }
         */
        LeadCreate: {
            /** @example Leonie Köhler */
            name: string;
            /**
             * Format: idn-email
             * @example leonie.koehler@example.com
             */
            email: string;
            /**
             * Format: uuid
             * @description The company that will own the lead.
             * @example 01980000-0000-7000-8000-00000000c002
             */
            companyId: string;
        };
        /**
         * @example {
         *       "status": "CONTACTED"
         *     }
         */
        LeadUpdate: {
            /** @example Leonie Köhler */
            name?: string;
            status?: components["schemas"]["LeadStatus"];
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "id": "01980000-0000-7000-8000-000000000001",
         *           "name": "Leonie Köhler",
         *           "email": "leonie.koehler@example.com",
         *           "status": "QUALIFIED",
         *           "companyId": "01980000-0000-7000-8000-00000000c002",
         *           "createdAt": "2026-01-31T09:30:00.000Z",
         *           "updatedAt": "2026-01-31T09:30:00.150Z",
         *           "version": 2
         *         }
         *       ],
         *       "page": {
         *         "limit": 50,
         *         "nextCursor": null
         *       }
         *     }
         */
        LeadPage: {
            data: components["schemas"]["Lead"][];
            page: {
                /** @example 50 */
                limit: number;
                /** @description Asks for the next page; null on the last. */
                nextCursor: string | null;
                /** @description Only with includeTotal=true. */
                total?: number;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Names the request in logs and events; quote it when you ask about one. Yours, where `x-request-id` was sent. */
        RequestId: string;
        /** @description Records are for their caller alone, and are not to be kept. */
        CacheControl: "private, no-store";
        /** @description Requests allowed in a minute, by the limit that counts this request. */
        RateLimitLimit: number;
        /** @description How many of them are left. */
        RateLimitRemaining: number;
        /** @description Seconds until the count begins anew. */
        RateLimitReset: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getPublicKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description For how many seconds anybody may keep them. */
                    "cache-control": string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kty": "OKP",
                     *           "crv": "Ed25519",
                     *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                     *           "kid": "01980000-0000-7000-8000-00000000ce11",
                     *           "use": "sig",
                     *           "alg": "EdDSA"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PublicKeySet"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "user.west@crm.com",
                 *       "password": "west123"
                 *     }
                 */
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description The session has begun. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Tokens are for their caller alone, and are not to be kept. */
                    "cache-control": "private, no-store";
                    /** @description The refresh token, where `session` is `cookie`. Secure except on loopback. */
                    "set-cookie"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accessToken": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxOTgwMDAwIn0.eyJzdWIiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMGEwMDQifQ.c2lnbmF0dXJl",
                     *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE",
                     *       "expiresIn": 900,
                     *       "user": {
                     *         "id": "01980000-0000-7000-8000-00000000a004",
                     *         "email": "user.west@crm.com",
                     *         "firstName": "Wes",
                     *         "lastName": "West",
                     *         "role": "CHILD_USER",
                     *         "companyId": "01980000-0000-7000-8000-00000000c002",
                     *         "isActive": true,
                     *         "createdAt": "2026-01-31T09:30:00.000Z",
                     *         "updatedAt": "2026-01-31T09:30:00.000Z",
                     *         "version": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AuthTokens"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. `invalid_credentials`: The credentials are wrong. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                /** @description The refresh token of a browser session, which the browser sends by itself; read where the body has none. Needs the header Origin, of this host. */
                crm_refresh?: string;
            };
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE"
                 *     }
                 */
                "application/json": components["schemas"]["RefreshTokenInput"];
            };
        };
        responses: {
            /** @description The session goes on. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Tokens are for their caller alone, and are not to be kept. */
                    "cache-control": "private, no-store";
                    /** @description The next refresh token, where the one before it came in the cookie. */
                    "set-cookie"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accessToken": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxOTgwMDAwIn0.eyJzdWIiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMGEwMDQifQ.c2lnbmF0dXJl",
                     *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE",
                     *       "expiresIn": 900,
                     *       "user": {
                     *         "id": "01980000-0000-7000-8000-00000000a004",
                     *         "email": "user.west@crm.com",
                     *         "firstName": "Wes",
                     *         "lastName": "West",
                     *         "role": "CHILD_USER",
                     *         "companyId": "01980000-0000-7000-8000-00000000c002",
                     *         "isActive": true,
                     *         "createdAt": "2026-01-31T09:30:00.000Z",
                     *         "updatedAt": "2026-01-31T09:30:00.000Z",
                     *         "version": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AuthTokens"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. `invalid_credentials`: The credentials are wrong. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    /** @description Takes the cookie away, where it was the one shown. */
                    "set-cookie"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                /** @description The refresh token of a browser session, which the browser sends by itself; read where the body has none. Needs the header Origin, of this host. */
                crm_refresh?: string;
            };
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refreshToken": "9Yc0V6hZ8mRrJxk1Wn3bQf5sTtUuPpLlKkJjHhGgFfE"
                 *     }
                 */
                "application/json": components["schemas"]["RefreshTokenInput"];
            };
        };
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Tokens are for their caller alone, and are not to be kept. */
                    "cache-control": "private, no-store";
                    /** @description Takes the cookie away, where it was the one shown. */
                    "set-cookie"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMyAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The access. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "01980000-0000-7000-8000-00000000a004",
                     *         "role": "CHILD_USER",
                     *         "companyId": "01980000-0000-7000-8000-00000000c002",
                     *         "isActive": true
                     *       },
                     *       "sessionId": null,
                     *       "unrestricted": false,
                     *       "ancestorIds": [
                     *         "01980000-0000-7000-8000-00000000c001"
                     *       ],
                     *       "descendantIds": []
                     *     }
                     */
                    "application/json": components["schemas"]["Access"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCompanies: {
        parameters: {
            query?: {
                /** @description Only companies directly below this one. */
                parentId?: string;
                /** @description Part of the name, whatever its case and accents. */
                q?: string;
                /** @description Records a page at most. */
                limit?: number;
                /** @description The nextCursor of the page before. */
                cursor?: string;
                /** @description Records to pass over; not together with cursor. */
                offset?: number;
                /** @description Adds page.total, the number of records of the whole list. */
                includeTotal?: boolean;
                /** @description A field; - before it for descending. Ties are broken by id. */
                orderBy?: "createdAt" | "-createdAt" | "updatedAt" | "-updatedAt" | "name" | "-name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of companies. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c002",
                     *           "name": "Acme West Division",
                     *           "parentId": "01980000-0000-7000-8000-00000000c001",
                     *           "parent": {
                     *             "id": "01980000-0000-7000-8000-00000000c001",
                     *             "name": "Acme Corporation"
                     *           },
                     *           "isActive": true,
                     *           "createdAt": "2026-01-31T09:30:00.000Z",
                     *           "updatedAt": "2026-01-31T09:30:00.000Z",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "page": {
                     *         "limit": 50,
                     *         "nextCursor": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CompanyPage"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `invalid_cursor`: The cursor does not belong to this request. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCompany: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme South Division",
                 *       "parentId": "01980000-0000-7000-8000-00000000c001"
                 *     }
                 */
                "application/json": components["schemas"]["CompanyCreate"];
            };
        };
        responses: {
            /** @description The new company. */
            201: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    /** @description The path of the new record. */
                    location: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000003",
                     *       "name": "Acme South Division",
                     *       "parentId": "01980000-0000-7000-8000-00000000c001",
                     *       "parent": {
                     *         "id": "01980000-0000-7000-8000-00000000c001",
                     *         "name": "Acme Corporation"
                     *       },
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Company"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_not_found`: The company does not exist. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCompany: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The company.
                 * @example 01980000-0000-7000-8000-00000000c002
                 */
                companyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The company. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000c002",
                     *       "name": "Acme West Division",
                     *       "parentId": "01980000-0000-7000-8000-00000000c001",
                     *       "parent": {
                     *         "id": "01980000-0000-7000-8000-00000000c001",
                     *         "name": "Acme Corporation"
                     *       },
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Company"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateCompany: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The company.
                 * @example 01980000-0000-7000-8000-00000000c002
                 */
                companyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme Pacific Division"
                 *     }
                 */
                "application/json": components["schemas"]["CompanyUpdate"];
            };
        };
        responses: {
            /** @description The company as it is now. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000c002",
                     *       "name": "Acme Pacific Division",
                     *       "parentId": "01980000-0000-7000-8000-00000000c001",
                     *       "parent": {
                     *         "id": "01980000-0000-7000-8000-00000000c001",
                     *         "name": "Acme Corporation"
                     *       },
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-02-02T14:05:00.000Z",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["Company"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolveCompanies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "01980000-0000-7000-8000-00000000c002"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["CompanyResolve"];
            };
        };
        responses: {
            /** @description What there is to know of each id. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c002",
                     *           "exists": true,
                     *           "isActive": true,
                     *           "name": "Acme West Division"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CompanyResolution"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user who calls. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a004",
                     *       "email": "user.west@crm.com",
                     *       "firstName": "Wes",
                     *       "lastName": "West",
                     *       "role": "CHILD_USER",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description Only users of this company. */
                companyId?: string;
                /** @description With companyId: also users of the companies below it. */
                includeDescendants?: boolean;
                /** @description Records a page at most. */
                limit?: number;
                /** @description The nextCursor of the page before. */
                cursor?: string;
                /** @description Records to pass over; not together with cursor. */
                offset?: number;
                /** @description Adds page.total, the number of records of the whole list. */
                includeTotal?: boolean;
                /** @description A field; - before it for descending. Ties are broken by id. */
                orderBy?: "createdAt" | "-createdAt" | "updatedAt" | "-updatedAt" | "name" | "-name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of users. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000a004",
                     *           "email": "user.west@crm.com",
                     *           "firstName": "Wes",
                     *           "lastName": "West",
                     *           "role": "CHILD_USER",
                     *           "companyId": "01980000-0000-7000-8000-00000000c002",
                     *           "isActive": true,
                     *           "createdAt": "2026-01-31T09:30:00.000Z",
                     *           "updatedAt": "2026-01-31T09:30:00.000Z",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "page": {
                     *         "limit": 50,
                     *         "nextCursor": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `invalid_cursor`: The cursor does not belong to this request. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "leonie.koehler@example.com",
                 *       "role": "CHILD_USER",
                 *       "companyId": "01980000-0000-7000-8000-00000000c002",
                 *       "firstName": "Leonie",
                 *       "lastName": "Köhler",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["UserCreate"];
            };
        };
        responses: {
            /** @description The new user. */
            201: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    /** @description The path of the new record. */
                    location: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000002",
                     *       "email": "leonie.koehler@example.com",
                     *       "firstName": "Leonie",
                     *       "lastName": "Köhler",
                     *       "role": "CHILD_USER",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. `email_already_exists`: A user with this email already exists. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_not_found`: The company does not exist. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user.
                 * @example 01980000-0000-7000-8000-00000000a004
                 */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a004",
                     *       "email": "user.west@crm.com",
                     *       "firstName": "Wes",
                     *       "lastName": "West",
                     *       "role": "CHILD_USER",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The user.
                 * @example 01980000-0000-7000-8000-00000000a004
                 */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lastName": "Weston"
                 *     }
                 */
                "application/json": components["schemas"]["UserUpdate"];
            };
        };
        responses: {
            /** @description The user as they are now. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a004",
                     *       "email": "user.west@crm.com",
                     *       "firstName": "Wes",
                     *       "lastName": "Weston",
                     *       "role": "CHILD_USER",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "isActive": true,
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-02-02T14:05:00.000Z",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. `email_already_exists`: A user with this email already exists. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_not_found`: The company does not exist. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description Records a page at most. */
                limit?: number;
                /** @description The nextCursor of the page before. */
                cursor?: string;
                /** @description Records to pass over; not together with cursor. */
                offset?: number;
                /** @description Adds page.total, the number of records of the whole list. */
                includeTotal?: boolean;
                /** @description A field; - before it for descending. Ties are broken by id. */
                orderBy?: "createdAt" | "-createdAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of sessions. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000005e55",
                     *           "kind": "cookie",
                     *           "address": "203.0.113.7",
                     *           "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                     *           "isCurrent": true,
                     *           "createdAt": "2026-01-31T09:30:00.000Z",
                     *           "refreshedAt": "2026-01-31T11:45:00.000Z",
                     *           "expiresAt": "2026-03-02T11:45:00.000Z"
                     *         }
                     *       ],
                     *       "page": {
                     *         "limit": 50,
                     *         "nextCursor": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `invalid_cursor`: The cursor does not belong to this request. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
            };
            path: {
                /**
                 * @description The session.
                 * @example 01980000-0000-7000-8000-000000005e55
                 */
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currentPassword": "west123",
                 *       "newPassword": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordUpdate"];
            };
        };
        responses: {
            /** @description The password is changed. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. `invalid_credentials`: The credentials are wrong. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setUserPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user.
                 * @example 01980000-0000-7000-8000-00000000a004
                 */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "newPassword": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetInput"];
            };
        };
        responses: {
            /** @description The password is reset. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLeads: {
        parameters: {
            query?: {
                status?: components["schemas"]["LeadStatus"];
                /** @description Only leads of this company. */
                companyId?: string;
                /** @description With companyId: also leads of the companies below it. */
                includeDescendants?: boolean;
                /** @description Part of the name or email, whatever its case and accents. */
                q?: string;
                /** @description Adds `company` with the name of the company. */
                expand?: "company";
                /** @description Records a page at most. */
                limit?: number;
                /** @description The nextCursor of the page before. */
                cursor?: string;
                /** @description Records to pass over; not together with cursor. */
                offset?: number;
                /** @description Adds page.total, the number of records of the whole list. */
                includeTotal?: boolean;
                /** @description A field; - before it for descending. Ties are broken by id. */
                orderBy?: "createdAt" | "-createdAt" | "updatedAt" | "-updatedAt" | "name" | "-name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of leads. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000000001",
                     *           "name": "Leonie Köhler",
                     *           "email": "leonie.koehler@example.com",
                     *           "status": "QUALIFIED",
                     *           "companyId": "01980000-0000-7000-8000-00000000c002",
                     *           "createdAt": "2026-01-31T09:30:00.000Z",
                     *           "updatedAt": "2026-01-31T09:30:00.150Z",
                     *           "version": 2
                     *         }
                     *       ],
                     *       "page": {
                     *         "limit": 50,
                     *         "nextCursor": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LeadPage"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `invalid_cursor`: The cursor does not belong to this request. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Leonie Köhler",
                 *       "email": "leonie.koehler@example.com",
                 *       "companyId": "01980000-0000-7000-8000-00000000c002"
                 *     }
                 */
                "application/json": components["schemas"]["LeadCreate"];
            };
        };
        responses: {
            /** @description The lead, still NEW. */
            201: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    /** @description The path of the new record. */
                    location: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000001",
                     *       "name": "Leonie Köhler",
                     *       "email": "leonie.koehler@example.com",
                     *       "status": "NEW",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.000Z",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. `lead_already_exists`: The company already has a lead with this email. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_not_found`: The company does not exist. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLead: {
        parameters: {
            query?: {
                /** @description Adds `company` with the name of the company. */
                expand?: "company";
            };
            header?: never;
            path: {
                /**
                 * @description The lead.
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                leadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lead. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000001",
                     *       "name": "Leonie Köhler",
                     *       "email": "leonie.koehler@example.com",
                     *       "status": "QUALIFIED",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.150Z",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The lead.
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                leadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lead is deleted. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The lead.
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                leadId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "CONTACTED"
                 *     }
                 */
                "application/json": components["schemas"]["LeadUpdate"];
            };
        };
        responses: {
            /** @description The lead as it is now. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000001",
                     *       "name": "Leonie Köhler",
                     *       "email": "leonie.koehler@example.com",
                     *       "status": "CONTACTED",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-02-02T14:05:00.000Z",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_inactive`: The company is inactive. `invalid_status_transition`: The status cannot be set by hand. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The lead.
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                leadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lead, live again. */
            200: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description The record's version, for If-Match. */
                    etag: string;
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000000001",
                     *       "name": "Leonie Köhler",
                     *       "email": "leonie.koehler@example.com",
                     *       "status": "QUALIFIED",
                     *       "companyId": "01980000-0000-7000-8000-00000000c002",
                     *       "createdAt": "2026-01-31T09:30:00.000Z",
                     *       "updatedAt": "2026-01-31T09:30:00.150Z",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. `lead_already_exists`: The company already has a lead with this email. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID. */
                "idempotency-key"?: string;
                /** @description The ETag the change was decided on; 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /**
                 * @description The lead.
                 * @example 01980000-0000-7000-8000-000000000001
                 */
                leadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lead is gone. */
            204: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Present when this is the remembered answer to an earlier request. */
                    "idempotent-replayed"?: "true";
                    "cache-control": components["headers"]["CacheControl"];
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request is not valid. `malformed_body`: The request body is not well-formed JSON. `malformed_request`: The request is not well-formed HTTP. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: The caller is not known. */
            401: {
                headers: {
                    /** @description What is asked for. */
                    "www-authenticate"?: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The caller may not do this. */
            403: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: No such resource. */
            404: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_in_progress`: A request with this Idempotency-Key is still running. */
            409: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The record has changed since it was read. */
            412: {
                headers: {
                    /** @description The record's current version. */
                    etag: string;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The request body has an unsupported content type. */
            415: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `misdirected_request`: The Host of the request is not served here. */
            421: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. `company_inactive`: The company is inactive. */
            422: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    "ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "ratelimit-remaining": components["headers"]["RateLimitRemaining"];
                    "ratelimit-reset": components["headers"]["RateLimitReset"];
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request headers are too large. */
            431: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service cannot answer now. `dependency_unavailable`: A service this request needs is unavailable. */
            503: {
                headers: {
                    /** @description Seconds to wait before the request is sent again. */
                    "retry-after"?: number;
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dependency_timeout`: A service this request needs did not answer in time. */
            504: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
