// A target as a process of its own, that can be killed: node origin-process.ts PORT. Answers with its port after a moment.
import { createServer } from "node:http";

const port = Number(process.argv[2]);
createServer((_incoming, response) => {
  setTimeout(() => response.end(String(port)), 2);
})
  .on("error", (error) => {
    throw error;
  })
  .listen(port, "127.0.0.1");
