import { ModelError } from './model.ts';

export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Which of AWS's credentials are used; all that is not set is left to AWS's own chain. */
export interface AwsSettings {
  region: string;
  profile?: string | undefined;
  keys?: AwsKeys | undefined;
}

/** The chain tells on the console what the configuration has told already. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The usual chain: a profile that is named, the keys of the environment, the shared files (with single sign-on, roles and
 * `credential_process`), a web identity (EKS), the container's (ECS, EKS Pod Identity), the instance's (EC2).
 * "Standardized credential providers" of AWS's SDKs.
 * @returns gives the keys, got anew before they expire
 * @throws ModelError `auth` when there are none; what is thrown for a network that fails is thrown as it is
 */
export async function createAwsKeys(settings: AwsSettings, host: string): Promise<() => Promise<AwsKeys>> {
  const { region, profile, keys } = settings;
  // `.env` is no part of the process's environment, which is all that the chain reads. A profile goes before keys there.
  if (keys && !profile) return () => Promise.resolve(keys);
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const chain = defaultProvider({
    clientConfig: { region },
    logger: QUIET,
    ...(profile ? { profile } : {}),
  });
  return async () => {
    try {
      return await chain();
    } catch (error) {
      throw unreached(error) ? error : noKeys(error, host, profile);
    }
  };
}

const UNREACHED = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|E(HOST|NET)UNREACH|EPIPE|UND_ERR_\w+)$/;

/** The service that gives the keys was not reached. */
function unreached(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'CredentialsProviderError') return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return (typeof code === 'string' && UNREACHED.test(code)) || unreached(cause);
}

function noKeys(error: unknown, host: string, profile: string | undefined): ModelError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // A command of `credential_process` may hold anything.
  const words = message.startsWith('Command failed') ? 'the credential_process of the profile failed' : message;
  const code = name === 'CredentialsProviderError' || !/^\w{1,40}$/.test(name) ? 'NO_CREDENTIALS' : name;
  const flat = words.replace(/\s+/g, ' ').trim().slice(0, 200);
  return new ModelError(
    'auth',
    code,
    `${host}: no AWS credentials${profile ? ` by the profile ${profile}` : ''} (${code}): ${flat}`,
  );
}
