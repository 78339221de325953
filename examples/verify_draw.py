"""Checks a draw (阳光派工) from its public JSON: python verify_draw.py draw.json, or on standard input."""

import datetime
import hashlib
import hmac
import json
import sys


def words(seed, digest, block=0):
    while True:
        mac = hmac.digest(seed, digest + block.to_bytes(8, "big"), "sha256")
        yield from (int.from_bytes(mac[i : i + 4], "big") for i in range(0, 32, 4))
        block += 1


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def fault(draw):
    if draw["seed"] is None:
        return "种子尚未公布，请在抽签之后再核对"
    seed = bytes.fromhex(draw["seed"])
    left = sorted([ticket["number"], ticket["weight"]] for ticket in draw["tickets"])
    listed = json.dumps([draw["algorithm"], draw["station"], draw["date"], left], separators=(",", ":"))
    digest = hashlib.sha256(listed.encode()).digest()
    if draw["algorithm"] != "yizhan.draw.v1" or len(seed) != 32 or seed.hex() != draw["seed"]:
        return "算法版本或种子的写法不对"
    if hashlib.sha256(seed).hexdigest() != draw["commitment"]:
        return "种子与签到截止前公示的承诺值不符"
    sound = all(type(weight) is int and 1 <= weight <= 1000 for _, weight in left)
    if not sound or digest.hex() != draw["tickets_sha256"]:
        return "名单、权重、站点或日期与签到截止时公示的摘要不符"
    order, stream = [], words(seed, digest)
    while left:
        total = sum(weight for _, weight in left)
        place = next(word % total for word in stream if word < 2**32 - 2**32 % total)
        index = 0
        while place >= left[index][1]:
            place -= left[index][1]
            index += 1
        order.append(left.pop(index)[0])
    if order != draw["order"]:
        return "公布的顺序与重新计算的顺序不一致"
    late = [(moment(ticket["arrived_at"]), ticket["number"]) for ticket in draw["late"]]
    queue = order + [number for _, number in late]
    if late != sorted(late) or len(set(queue)) != len(queue):
        return "迟到号没有按到达先后排列，或者有号重复"
    for change in draw["overrides"]:
        if not change["reason"].strip() or not 1 <= change["position"] <= len(queue):
            return "有人工调整没有写明理由，或位置不存在"
        queue.remove(change["ticket"])
        queue.insert(change["position"] - 1, change["ticket"])
    return None if queue == draw["queue"] else "叫号队列与顺序、迟到号、人工调整推算的不一致"


def main(arguments):
    try:
        with open(arguments[0], "rb") if arguments else sys.stdin.buffer as file:
            draw = json.load(file)
        wrong = fault(draw)
    except Exception as error:  # whatever it stumbles over, this is no whole record of a draw
        wrong = f"读不到一份完整的抽签记录（{type(error).__name__}）"
    if wrong:
        print(f"核对不通过：{wrong}。")
        return 1
    counts = f"{len(draw['order'])} 个号的顺序可由公布的种子重新算出，迟到 {len(draw['late'])} 个"
    print(
        f"核对无误：{draw['date']} 站点 {draw['station']}，{counts}，人工调整 {len(draw['overrides'])} 次。"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
