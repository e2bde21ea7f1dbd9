// Makes the package that programs install: `node packages/sdk/build/main.ts [folder]`, default packages/sdk/dist/package.
// JavaScript and declarations only, of everything the SDK is made of (sdk, wire, contracts), so that it needs no other
// package of ours. Publish the folder that it makes.
import { join, resolve } from 'node:path';
import { buildPackage, sdkRoot } from './build-package.ts';

const target = resolve(process.argv[2] ?? join(sdkRoot, 'dist', 'package'));
const { files, dependencies } = buildPackage(target);
process.stdout.write(`${target}: ${files} files, needs ${Object.keys(dependencies).join(', ')}\n`);
