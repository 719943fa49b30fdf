// For servers of Node.js that offer no address to listen at: they listen on this machine only.
const { Server } = require('node:net');
const { listen } = Server.prototype;
const HOST = '127.0.0.1';

Server.prototype.listen = function (where, ...rest) {
    if (where !== null && typeof where === 'object') {
        return listen.call(this, 'port' in where ? { ...where, host: HOST } : where, ...rest);
    }
    if (Number.isInteger(Number(where))) {
        const others = typeof rest[0] === 'string' ? rest.slice(1) : rest;
        return listen.call(this, where, HOST, ...others);
    }
    return listen.call(this, where, ...rest);
};
