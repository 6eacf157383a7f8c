// Imports the modules it is told of, in a process of its own, and prints how long that took in milliseconds.
const start = performance.now()
for (const name of process.argv.slice(2)) await import(name)
console.log(performance.now() - start)
