// Reads the settings in .env, if the file exists. Variables that are set already keep their values.
import { existsSync } from 'node:fs';

if (existsSync('.env')) process.loadEnvFile();
