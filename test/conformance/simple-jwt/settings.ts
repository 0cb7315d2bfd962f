/** The options that a recorded server's settings stand for: `rotate` of the recorder is `rotateRefreshTokens` here. */
export function optionsOf(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'FAMILY_APP') continue; // the app is installed: here there is nothing to install
    if (name === 'SIMPLE_JWT') Object.assign(options, optionsOf(JSON.parse(String(value)) as Record<string, unknown>));
    else if (name === 'AUTH_TOKEN_CLASSES') options['authTokenTypes'] = TOKEN_CLASSES[String(value)];
    else options[SHORT_NAMES[name] ?? camelCase(name)] = value === 1 ? true : value;
  }
  return options;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const SHORT_NAMES: Readonly<Record<string, string>> = { ROTATE: 'rotateRefreshTokens', CHECK_REVOKE: 'checkRevokeToken' };

const TOKEN_CLASSES: Readonly<Record<string, readonly string[]>> = {
  access: ['access'],
  sliding: ['sliding'],
  both: ['access', 'sliding'],
};
