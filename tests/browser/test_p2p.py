"""The market between people in a real browser: a purchase, and an appeal that two arbiters decide with passkeys.

The seller is on a phone and reads Chinese, the buyer has a wide screen and reads English; neither is helped from behind
but by a journal that founds the market and a registry that knows their names.
"""

import asyncio
import re
import time

import pyotp
from playwright.async_api import Download, async_playwright, expect

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.console_page import PATIENCE_MS, PHONE, WIDE
from tests.browser.p2p_people import CHINESE, ENGLISH, Key, Visitor, found, register, takes_seat
from tests.doors.small_exchange import SmallExchange, play
from tests.examples.rest.bazaar import PNG
from venus.engine.keys import journal_verifier
from venus.journal.notes import Verifier
from venus.p2p.bundle import decode_bundle, encode_bundle
from venus.records.institutions import Role
from venus.supervisor.dispute_bundle import check

CODE_S = 30
SCENARIO_S = 480  # four people in browsers of their own, on a machine that may be busy
CHECKPOINT_LOOKS = 60


async def seller_opens_shop(seller: Visitor, key: Key) -> pyotp.TOTP:
    """Joins, adds an account, a bond and a second factor, and posts an advert; answers what makes the codes."""
    await seller.fill(**{"API 密钥": key.key, "私钥": key.secret})
    await seller.button("确认").click()
    await seller.fill(昵称="王记小铺")
    await seller.button("加入").click()
    await seller.shows("您没有广告。")

    await seller.go("desk/accounts")
    await seller.button("添加收付款账户").click()
    await seller.page.get_by_role("combobox", name="支付方式").select_option("alipay")
    await expect(seller.field("户名")).to_have_value("王伟")
    await seller.fill(账号="13800138000")
    await seller.button("保存").click()
    await seller.shows("13800138000")

    await seller.go("desk/bond")
    await seller.fill(数量="100")
    await seller.button("缴纳").click()
    await seller.shows("100.00 USDT", "铜牌")

    await seller.go("desk/security")
    await seller.button("设置双重验证").click()
    secret = await seller.page.locator(".secret .text").inner_text()
    codes = pyotp.TOTP(secret.strip())
    await seller.fill(应用显示的验证码=codes.at(time.time() - CODE_S))
    await seller.button("确认").click()
    await seller.shows("双重验证已启用")

    await seller.go("advert/new")
    await seller.page.get_by_role("combobox", name="法币").select_option("CNY")
    await seller.fill(参考价的="101.5", 总数量="500", 单笔最小="100", 单笔最大="5000")
    await expect(seller.page.locator("[data-preview-price]")).to_have_text("7.308")
    await seller.shows("占用您的余额", "500.50 USDT")
    await seller.page.get_by_role("checkbox", name=re.compile("支付宝")).check()
    await seller.fill(交易条款="请用本人支付宝付款。")
    await seller.is_sound()
    await seller.button("发布").click()
    await seller.shows("出售 USDT", "上架", "参考价的 101.5%")
    await seller_changes_advert(seller)
    return codes


async def seller_changes_advert(seller: Visitor) -> None:
    """Offers more, says for whom, rests and goes on."""
    await seller.page.get_by_role("link", name="编辑", exact=True).click()
    await seller.fill(总数量="600", 成交单数至少="x")
    await seller.button("保存修改").click()
    await seller.shows("上方有缺失或错误。")
    await seller.fill(成交单数至少="")
    await seller.button("保存修改").click()
    await seller.shows("600.00 USDT")
    await seller.button("休息").click()
    await seller.button("上架").click()
    await expect(seller.button("休息")).to_be_visible()


async def buyer_takes(buyer: Visitor, fiat: str, asset: str) -> None:
    """From the market's list to the order's room."""
    await buyer.go("buy")
    await buyer.page.get_by_role("combobox", name="Currency").select_option("CNY")
    await buyer.page.get_by_role("article", name=re.compile("王记小铺")).get_by_role("button", name="Buy USDT").click()
    await expect(buyer.dialog).to_contain_text("请用本人支付宝付款。")
    await buyer.fill(You_pay=fiat)
    await expect(buyer.field("You get")).to_have_value(asset)
    await expect(buyer.dialog).to_contain_text("Pay from an account in the name 陈安.")
    await expect(buyer.dialog.get_by_role("radio", name=re.compile("Alipay"))).to_be_checked()
    await buyer.button("Buy USDT", buyer.dialog).click()
    await buyer.state("OPEN")


async def buyer_joins(buyer: Visitor, key: Key) -> None:
    await buyer.fill(API_key=key.key, Secret=key.secret)
    await buyer.button("Confirm").click()
    await buyer.fill(Nickname="anchor")
    await buyer.button("Join").click()
    await buyer.shows("You have no adverts.")
    await buyer.go("desk/accounts")
    await buyer.button("Add a payment account").click()
    await buyer.page.get_by_role("combobox", name="Payment method").select_option("alipay")
    await buyer.fill(**{"Account number": "an@example.com"})
    await buyer.button("Save").click()
    await buyer.shows("an@example.com")


async def buyer_pays_too_little(buyer: Visitor) -> None:
    """It is said before and after; and taken back."""
    await buyer.button("I have paid").click()
    await buyer.dialog.get_by_label("Amount paid").fill("700")
    await expect(buyer.dialog).to_contain_text("Less than was owed. The order is for exactly 730.80 CNY.")
    await buyer.dialog.get_by_role("checkbox", name="I paid from my own account in the name 陈安.").check()
    await buyer.button("I have paid", buyer.dialog).click()
    await buyer.state("PAID")
    await buyer.shows("700.00 CNY Less than was owed.")
    await buyer.button("I have not paid yet").click()
    await buyer.button("I have not paid yet", buyer.dialog).click()
    await buyer.state("OPEN")


async def buyer_pays(buyer: Visitor) -> None:
    await buyer.button("I have paid").click()
    send = buyer.button("I have paid", buyer.dialog)
    await expect(send).to_be_disabled()
    await buyer.dialog.get_by_role("checkbox", name="I paid from my own account in the name 陈安.").check()
    await send.click()
    await buyer.state("PAID")


async def one_purchase(buyer: Visitor, seller: Visitor, codes: pyotp.TOTP) -> None:
    await buyer_takes(buyer, "730.80", "100.00000000")
    await expect(buyer.page.get_by_role("timer")).to_have_text(re.compile(r"^1[45]:[0-9]{2}$"))
    await buyer.shows("730.80", "13800138000", "王伟")
    await buyer.is_sound()

    # What is said reaches the other side by itself.
    await seller.go("orders")
    await seller.page.get_by_role("link", name=re.compile("100.00 USDT")).click()
    await seller.state("OPEN")
    await buyer.fill(Write_a_message="On my way to pay.")
    await buyer.button("Send").click()
    await expect(seller.page.get_by_text("聊天 (1)")).to_be_visible()
    await buyer_pays_too_little(buyer)
    await buyer_pays(buyer)

    await seller.state("PAID")
    await seller.shows("确认到账后放行", "****.com", "姓名一致")
    await seller.page.get_by_role("radio", name=re.compile("^聊天")).check()
    await expect(seller.page.get_by_role("log", name="聊天")).to_contain_text("On my way to pay.")
    await seller.page.get_by_role("radio", name="订单").check()
    await seller.button("放行").click()
    await seller.dialog.get_by_role("checkbox", name=re.compile("730.80 CNY 全额到账，付款人为 陈安")).check()
    await seller.fill(双重验证码="000000")
    await seller.button("放行", seller.dialog).click()
    await expect(seller.page.get_by_role("log", name="消息")).to_contain_text("验证码错误或已被使用。")
    await expect(seller.field("双重验证码")).to_have_value("")
    await seller.fill(双重验证码=codes.now())
    await seller.button("放行", seller.dialog).click()
    await seller.state("COMPLETED")
    await seller.shows("您已放行 100.00 USDT。")

    await buyer.state("COMPLETED")
    await buyer.shows("100.00 USDT are in your account.")
    await buyer.page.get_by_role("radio", name="Good").check()
    await buyer.button("Send", buyer.page.get_by_role("region", name="How was it?")).click()
    await expect(buyer.page.get_by_role("log", name="Messages")).to_contain_text("Thank you for your feedback.")


async def one_appeal(buyer: Visitor, seller: Visitor, maker: Visitor, checker: Visitor) -> None:
    """The buyer appeals with a picture, the seller offers a little over half, and two arbiters give the buyer all."""
    await buyer_takes(buyer, "146.16", "20.00000000")
    await buyer_pays(buyer)
    await buyer.button("Appeal").click()
    await buyer.dialog.get_by_role("radio", name="I paid and the seller does not release").check()
    await buyer.dialog.get_by_role("textbox", name="In your own words").fill("Paid, and nothing happens.")
    await buyer.dialog.get_by_label("Add a file").set_input_files(
        {"name": "receipt.png", "mimeType": "image/png", "buffer": PNG}
    )
    await expect(buyer.dialog).to_contain_text("receipt.png")
    await buyer.button("Appeal", buyer.dialog).click()
    await buyer.state("DISPUTED")
    await buyer.shows("In appeal", "Evidence from", "Buyer")

    await seller.go("orders")
    await seller.page.get_by_role("link", name=re.compile("20.00 USDT")).click()
    await seller.state("DISPUTED")
    await seller.shows("请陈述您的情况", "我已付款，卖方不放行 · 由买方提起")
    await seller.button("提议分配").click()
    await seller.dialog.get_by_role("textbox", name="归买方").fill("12.5")
    await expect(seller.dialog).to_contain_text("7.50 USDT")
    await seller.button("提议分配", seller.dialog).click()
    await expect(buyer.button("Accept 12.50 USDT for the buyer")).to_be_visible()

    await maker.page.get_by_role("radio", name="All open").check()
    await maker.button("Show with passkey").click()
    await maker.page.get_by_role("button", name=re.compile("20.00 USDT")).click()
    await maker.shows("陈安", "王伟", "an@example.com", "Paid, and nothing happens.", "2 persons")
    verdict = maker.page.get_by_role("region", name="Verdict", exact=True)
    await verdict.get_by_role("radio", name="Seller").check()
    await verdict.get_by_role("textbox", name="Grounds").fill("The receipt shows the payment.")
    await maker.button("Look at what would be signed", verdict).click()
    await expect(verdict).to_contain_text("2000000000")
    await maker.button("Propose with passkey", verdict).click()
    pending = maker.page.get_by_role("region", name="Verdicts that wait for approval")
    await expect(pending).to_contain_text("somebody else must look at it")

    await checker_agrees(checker)
    await buyer.state("COMPLETED")
    await buyer.shows("decided by the arbiter")
    await seller.state("COMPLETED")


async def checker_agrees(checker: Visitor) -> None:
    """Reads why before the verdict holds, and approves what was shown."""
    show = "用通行密钥查看"
    await checker.page.get_by_role("radio", name="全部进行中").check()
    await checker.button(show).click()
    await checker.page.get_by_role("button", name=re.compile("20.00 USDT")).click()
    pending = checker.page.get_by_role("region", name="等待批准的裁决")
    await checker.button(show, pending).click()
    await expect(checker.button("用通行密钥批准", pending)).to_have_count(0)
    await checker.button("用通行密钥阅读理由", pending).click()
    await expect(pending).to_contain_text("The receipt shows the payment.")
    await expect(pending).to_contain_text("2000000000")
    await checker.is_sound()
    await checker.button("用通行密钥批准", pending).click()
    await checker.shows("已完成 · 由仲裁裁决", "The receipt shows the payment.")


async def one_claim(seller: Visitor, maker: Visitor, checker: Visitor) -> None:
    """After the end: the payment was called back; one arbiter cannot judge that, the other sees why."""
    await seller.go("orders")
    await seller.page.get_by_role("radio", name="已结束").check()
    await seller.page.get_by_role("link", name=re.compile("100.00 USDT")).click()
    await seller.button("事后主张").click()
    await seller.dialog.get_by_role("radio", name="款项被撤回").check()
    await seller.dialog.get_by_role("textbox", name="情况说明").fill("银行撤回了款项。")
    await seller.button("事后主张", seller.dialog).click()
    await seller.shows("主张等待仲裁处理。")

    await maker.page.get_by_role("radio", name="Claims").check()
    await maker.button("Show with passkey").first.click()
    claimed = maker.page.get_by_role("button", name=re.compile("100.00 USDT"))
    await claimed.click()
    await maker.button("I cannot judge this").click()
    await maker.dialog.get_by_role("textbox", name="Why").fill("The seller is my cousin.")
    await maker.button("Declare with passkey", maker.dialog).click()
    await expect(maker.dialog).to_have_count(0)
    await claimed.click()
    await expect(maker.page.get_by_role("log", name="Messages")).to_contain_text("said that you cannot judge it")

    await checker.page.get_by_role("radio", name="主张", exact=True).check()
    await checker.button("用通行密钥查看").first.click()
    await checker.page.get_by_role("button", name=re.compile("100.00 USDT")).click()
    await checker.shows("The seller is my cousin.")
    verdict = checker.page.get_by_role("region", name="裁决", exact=True)
    await expect(verdict.get_by_role("radio", name="再次锁定")).to_be_checked()
    await checker.is_sound()


async def buyer_takes_bundle(buyer: Visitor, verifier: Verifier) -> None:
    """Saved byte for byte as it was given, once a checkpoint covers the verdict; anybody reaches the verdict again."""
    await buyer.shows("./venus p2p verify-bundle dispute-")
    saved: asyncio.Queue[Download] = asyncio.Queue()
    buyer.page.on("download", saved.put_nowait)
    button = buyer.button("Dispute bundle")
    for _ in range(CHECKPOINT_LOOKS):
        async with buyer.page.expect_response(re.compile("/p2p/v1/bundle")) as answered:
            await button.click()
        answer = await answered.value
        if answer.ok:
            break
        await expect(buyer.page.get_by_role("log", name="Messages")).to_contain_text("not in a signed checkpoint yet")
        await buyer.page.wait_for_timeout(500)
    file = await (await asyncio.wait_for(saved.get(), PATIENCE_MS / 1_000)).path()
    content = await asyncio.to_thread(file.read_bytes)
    bundle = decode_bundle(content)
    assert (encode_bundle(bundle), str(len(content))) == (content, answer.headers["content-length"])
    assert check(bundle, verifier).faults == []


async def buyer_blocks_and_is_cut_off(buyer: Visitor) -> None:
    """Whom one blocked stands in a list; what others said is told; a lost connection is said, and mended."""
    await buyer.page.get_by_role("link", name="王记小铺").first.click()
    await buyer.shows("What others said", "Good", "without words")
    await buyer.button("Block").click()
    await buyer.button("Block", buyer.dialog).click()
    await buyer.go("desk/blocked")
    await buyer.shows("王记小铺")
    await buyer.is_sound()
    await buyer.button("Unblock").click()
    await buyer.shows("You block nobody.")

    lost = buyer.page.get_by_role("alert").filter(has_text="The exchange cannot be reached")
    await buyer.page.context.set_offline(True)
    await expect(lost).to_be_visible()
    await buyer.page.context.set_offline(False)
    await expect(lost).to_have_count(0)
    await buyer.go("statistics")
    await buyer.shows("876.96 CNY", "Alipay", "1.5%")


def test_a_purchase_and_an_appeal_from_both_sides(chromium: str) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        origin = exchange.rest.replace("127.0.0.1", "localhost")
        await found(exchange, origin)
        buyers, sellers = await asyncio.to_thread(register, exchange)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            seller = await Visitor.open(browser, origin, "zh-CN", PHONE, "dark")
            codes = await seller_opens_shop(seller, sellers)
            buyer = await Visitor.open(browser, origin, "en-US", WIDE, "light")
            await buyer_joins(buyer, buyers)
            await one_purchase(buyer, seller, codes)
            maker = await Visitor.open(browser, origin, "en-US", WIDE, "dark")
            await takes_seat(maker, exchange.rest, ENGLISH, 77, Role.MAKER)
            checker = await Visitor.open(browser, origin, "zh-CN", PHONE, "light")
            await takes_seat(checker, exchange.rest, CHINESE, 78, Role.CHECKER)
            await one_appeal(buyer, seller, maker, checker)
            await one_claim(seller, maker, checker)
            await buyer_takes_bundle(buyer, journal_verifier(exchange.places))
            await buyer_blocks_and_is_cut_off(buyer)
            assert buyer.errors == seller.errors == maker.errors == checker.errors == []
            await browser.close()

    play(scenario, console=True, scenario_s=SCENARIO_S)
