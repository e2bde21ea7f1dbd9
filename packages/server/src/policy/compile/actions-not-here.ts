/** Actions that others have and this server has not, with the reason that whoever writes one is told. */
export const actionsNotHere: Readonly<Record<string, string>> = {
  'ai-gateway': 'it belongs to another service',
  oauth: 'logins come with a later version',
  'openid-connect': 'logins come with a later version',
  'owasp-crs-request': 'no engine of these rules can be embedded',
  'owasp-crs-response': 'no engine of these rules can be embedded',
  saml: 'logins come with a later version',
};
