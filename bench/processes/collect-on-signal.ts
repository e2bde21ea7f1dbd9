// Loaded into Adit's processes (`node --expose-gc --import …`) when memory is measured: what is garbage is not memory that
// a connection costs. On SIGUSR2 everything is collected, twice, as finalisers free more.
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  setTimeout(() => globalThis.gc?.(), 100);
});
