import t from 'tap'
import { methodName, resourceName, serviceName } from '../../generator/naming.ts'

const methods = {
  'the noun of the tag goes, in singular and plural': [
    ['leads', 'createLead', 'create'],
    ['leads', 'listLeads', 'list'],
    ['companies', 'getCompany', 'get'],
    ['companies', 'resolveCompanies', 'resolve'],
    ['addresses', 'updateAddress', 'update'],
    ['audit-logs', 'listAuditLogs', 'list'],
    ['auditLogs', 'getAuditLog', 'get'],
    ['movies', 'getMovie', 'get'],
    ['statuses', 'getStatus', 'get'],
  ],
  'the noun goes from between, too': [
    ['users', 'setUserPassword', 'setPassword'],
    ['notifications', 'markAllNotificationsRead', 'markAllRead'],
    ['users', 'getUserByEmail', 'getByEmail'],
  ],
  'get goes where the tag is not named': [
    ['users', 'getMe', 'me'],
    ['users', 'getMyAccess', 'myAccess'],
    ['notifications', 'getUnreadCount', 'unreadCount'],
  ],
  'everything else stays': [
    ['auth', 'login', 'login'],
    ['users', 'changeMyPassword', 'changeMyPassword'],
    ['leads', 'get', 'get'],
    ['leads', 'leads', 'leads'],
  ],
}

for (const [rule, cases] of Object.entries(methods)) {
  t.test(rule, async (t) => {
    for (const [tag = '', operationId = '', name] of cases) t.equal(methodName(tag, operationId), name, `${operationId} of ${tag}`)
  })
}

t.test('resources and services are in camelCase', async (t) => {
  t.equal(resourceName('audit-logs'), 'auditLogs')
  t.equal(resourceName('leads'), 'leads')
  t.equal(serviceName('crm-service'), 'crm')
  t.equal(serviceName('audit-log-service'), 'auditLog')
})
