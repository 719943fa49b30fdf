// Questions that readers come with: the answer is in view after one search, or after at most two clicks.
const fs = require('fs');
const path = require('path');
const { check, open } = require('./browser.cjs');

/// What is asked, the way to it, and what is in view then.
const questions = {
    orders: [
        ['which address takes orders', { click: ['Create an order'] }, /Channel orders\.commands/],
        ['which header correlates the reply', { click: ['Create an order'] }, /correlated by \$message\.header#\/correlationId/i],
        ['what does a rejected order look like', { search: 'order rejected' }, /"reason" : "out_of_stock"/],
        ['which values may the reason of a rejection have', { search: 'reason rejected' }, /reason string.*one of out_of_stock credit_limit/],
        ['which regions are there', { search: 'region' }, /region.*one of eu us/],
    ],
    streetlights: [
        ['where do measurements come', { click: ['LIGHT'] }, /town\.lamps\.1\.0\.event\.\{lampId\}\.lighting\.measured/],
        ['which commands does a lamp take', { search: 'command' }, /one of on off/],
        ['how is a lamp dimmed by how much', { search: 'percentage' }, /percentage integer/],
        ['who may log in, and how', { search: 'scram' }, /scramSha256/],
    ],
    evse_manager_consumer_API: [
        ['where is charging paused', { search: 'pause charging' }, /m2e\/pause_charging/],
        ['what comes back when charging is paused', { search: 'reply to pause charging' }, /Payload boolean/],
        ['which events does a session have', { search: 'session event' }, /e2m\/session_event|SessionStarted/],
        ['where does the identity of the station come', { search: 'EVSE ID' }, /e2m\/evse_id/],
    ],
    'slack-rtm-asyncapi': [
        ['what is said when a channel is archived', { search: 'channel archive' }, /channel_archive/],
        ['what does an error say', { search: 'connection error' }, /code number|msg string/],
        ['how does one log in', { search: 'token' }, /httpApiKey/],
    ],
    large: [
        ['where does thing 217 come', { search: 'do thing 217' }, /shop\.area17\.\{region\}\.c217/],
        ['which values has its kind', { search: 'kind thing 217' }, /one of small large other/],
        ['what are its limits', { search: 'count217' }, /count217 integer.*100/],
        ['what is money', { search: 'money' }, /cents integer/],
    ],
};

async function search(page, text) {
    await page.keyboard.press('/');
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
}

async function click(page, names) {
    for (const name of names) await page.getByRole('link', { name }).first().click();
}

/// What is in the window, as text.
function seen(page) {
    return page.evaluate(() => {
        const texts = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        while (walker.nextNode()) {
            range.selectNodeContents(walker.currentNode);
            const { top, bottom, width } = range.getBoundingClientRect();
            if (width && bottom > 0 && top < innerHeight && walker.currentNode.parentElement.checkVisibility()) texts.push(walker.currentNode.textContent);
        }
        return texts.join(' ').replace(/\s+/g, ' ');
    });
}

async function answers(browser, folder) {
    let count = 0;
    for (const [name, asked] of Object.entries(questions)) {
        const file = path.join(folder, `${name}.html`), own = path.join(folder, `${name}.asyncapi.html`);
        const there = [own, file].find((file) => fs.existsSync(file));
        if (!there) {
            console.log(`${name}: ${asked.length} questions are left out: the document is not there`);
            continue;
        }
        for (const [question, way, answer] of asked) {
            count += 1;
            const { page, close } = await open(browser, there);
            try {
                await (way.search ? search(page, way.search) : click(page, way.click));
                await page.waitForTimeout(100);
                const text = await seen(page);
                check(name, question, answer.test(text) ? [] : [`not in view: ${text.slice(0, 300)}`]);
            } catch (error) {
                check(name, question, [String(error).split('\n')[0]]);
            }
            await close();
        }
    }
    console.log(`${count} questions of readers`);
}

module.exports = { answers };
