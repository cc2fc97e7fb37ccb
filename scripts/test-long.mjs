// Runs the tests in their larger size, with the arguments of Jest. The shell of Windows cannot set a variable as
// `CHATKIT_LONG=1 jest` does.
process.env.CHATKIT_LONG = '1';
await import('jest/bin/jest');
