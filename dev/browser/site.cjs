// The picture of a landscape shows every edge of its graph, and no other.
const fs = require('fs');
const path = require('path');
const { check, open } = require('./browser.cjs');

/// Who is joined with which channel by lines, told from where these begin and end.
async function joined(page) {
    return page.evaluate(() => {
        const picture = document.querySelector('.picture.landscape');
        const boxes = [...picture.querySelectorAll('rect.box')].map((rect) => {
            const { x, y, width, height } = rect.getBBox();
            return { x, y, width, height, name: rect.nextElementSibling.textContent };
        });
        const at = (point) => boxes.find((box) => point.x >= box.x - 16 && point.x <= box.x + box.width + 16 && point.y >= box.y - 2 && point.y <= box.y + box.height + 2);
        return [...picture.querySelectorAll('path.line')].map((line) => {
            const ends = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())].map(at);
            return ends.map((box) => box ? box.name : 'nothing');
        });
    });
}

async function edges(browser, folder) {
    const graph = JSON.parse(fs.readFileSync(path.join(folder, 'landscape.json'), 'utf8'));
    const { page, close } = await open(browser, path.join(folder, 'index.html'));
    const drawn = new Set((await joined(page)).map((ends) => ends.join(' -> ')));
    const wanted = new Set(graph.edges.map((edge) => {
        const [application, channel] = [graph.applications[edge.application], graph.channels[edge.channel]];
        const names = [application.title, channel.address || channel.title];
        return (edge.action === 'send' ? names : names.reverse()).join(' -> ');
    }));
    check('the landscape', 'lacks an edge', [...wanted].filter((edge) => !drawn.has(edge)));
    check('the landscape', 'has an edge too many', [...drawn].filter((edge) => !wanted.has(edge)));
    check('the landscape', 'has no edges', wanted.size ? [] : ['at all']);
    await close();
}

module.exports = { edges };
