// SPDX-License-Identifier: Apache-2.0
// A web server of Node's https. usage: httpserver.cjs PORT CERT KEY FOLDER
const fs = require("fs");
const https = require("https");
const path = require("path");

const [port, cert, key, folder] = process.argv.slice(2);
const server = https.createServer(
	{ cert : fs.readFileSync(cert), key : fs.readFileSync(key) },
	(request, response) =>
		response.end(fs.readFileSync(path.join(folder, path.basename(request.url)))),
);
server.on("tlsClientError", () => {});
process.on("SIGTERM", () => process.exit(0));
server.listen(Number(port), "127.0.0.1");
