// npm run agree
import { nodeCrypto, nodeCryptoAsync } from 'simplejwt/crypto/node';
import { nobleCrypto } from 'simplejwt/crypto/noble';
import { webCrypto } from 'simplejwt/crypto/webcrypto';
import { agreeByCommand } from './command.mjs';

process.once('SIGINT', () => process.exit(130));
process.exitCode = await agreeByCommand(process.argv.slice(2), process, { nodeCrypto, nodeCryptoAsync, webCrypto, nobleCrypto });
