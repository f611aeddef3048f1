module.exports = { http: require('statewire'), https: require('statewire/https') };
