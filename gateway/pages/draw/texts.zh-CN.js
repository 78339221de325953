/* Every text that people see on the page of a draw. {names} are filled in by draw.js. ES5 only. */
(function (root) {
  'use strict';

  root.YIZHAN_TEXTS = {
    title: '阳光派工',
    lead: '谁先派活，由抽签决定。这个页面用您自己的手机，把抽签重算一遍。',
    date: '{year}年{month}月{day}日',
    loading: '正在读取公开数据…',
    again: '再核对一次',

    verdicts: {
      sound: '核对无误',
      no_seed: '还没有抽签',
      not_found: '没有抽签记录',
      offline: '读不到数据'
    },
    wrong: '核对不通过',
    says: {
      sound: '本机重算出的 {count} 个号的顺序，与驿站公布的完全一致。',
      committed: '签到还没有截止。抽签的种子已经选定，它的承诺值在下面，请现在拍照留存。',
      closed: '签到已截止，名单和权重已经固定。等种子公布后，这里会自动重算。',
      not_found: '这个驿站在这一天没有抽签。请核对网址，或到服务台询问。',
      offline: '网络不通或系统正忙。请稍后再试，也可以到服务台核对。',
      form: '算法版本或种子的写法不对。',
      commitment: '种子与签到截止前公示的承诺值不符。',
      list: '名单、权重、站点或日期与签到截止时公示的摘要不符。',
      order: '公布的顺序与重新计算的顺序不一致。',
      late: '迟到号没有按到达先后排列，或者有号重复。',
      override: '有人工调整没有写明理由，或位置不存在。',
      queue: '叫号队列与顺序、迟到号、人工调整推算的不一致。',
      unreadable: '读不到一份完整的抽签记录。'
    },
    wrongAsk: '请保留截图，向服务台或投诉电话反映。',

    mine: '查我的号',
    minePlaceholder: '如 A017',
    minePlace: '{number} 排在第 {place} 位',
    mineListed: '{number} 在名单里，等待抽签',
    mineUnknown: '名单里没有 {number}',

    queueTitle: '叫号顺序',
    listTitle: '参加抽签的号',
    place: '第 {place} 位',
    weight: '权重 {weight}',
    late: '迟到 {time}',
    moved: '人工调整',

    overridesTitle: '人工调整（{count} 处）',
    override: '{ticket} 调到第 {position} 位',
    noOverrides: '没有人工调整。',

    proofTitle: '指纹和种子',
    commitment: '承诺值',
    commitmentSay: '签到截止前公布。与您当时拍下的照片一致，说明种子没有换过。',
    digest: '名单指纹',
    digestSay: '签到截止时（{time}）公布。名单或权重改一个字，它就不一样。',
    seed: '种子',
    seedSay: '抽签时公布。它的 SHA-256 就是承诺值。',
    notYet: '尚未公布',

    howTitle: '这是怎么做到的？',
    how: [
      '一、签到开始时，系统随机选好一个种子锁起来，只公布它的“指纹”（承诺值）。从指纹猜不出种子，换了种子指纹就对不上。',
      '二、签到截止，名单和每个号的权重固定下来，公布名单的指纹。权重大的号更容易靠前，照顾找活有困难的人；为什么有这个权重，不公布。',
      '三、公布种子。顺序只由种子和名单算出来，任何人算都是同一个结果，驿站也改不了。',
      '四、截止后才到的号按到达先后排在后面。工作人员调整顺序必须写明理由，每一处都列在上面。'
    ],
    limits: '它证明顺序没有被动过手脚；名单上的人是否都到了、理由是否属实，要靠在场的大家监督。',
    data: '公开数据（JSON）',
    dataSay: '懂电脑的朋友可以下载它，用随系统公开的 verify_draw.py 另行核对。',
    reckonedBy: { browser: '由本机浏览器的加密功能计算', own: '由本页自带的算法计算' }
  };
}(this));
