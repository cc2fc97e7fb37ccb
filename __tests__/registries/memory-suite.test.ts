// The suite of registries, over the registry of one process.
import { MemoryRunRegistry } from 'chatkit-express';
import { runRegistrySuite } from 'chatkit-express/testing';

runRegistrySuite({ name: 'MemoryRunRegistry', create: () => new MemoryRunRegistry(), shared: false, test });
