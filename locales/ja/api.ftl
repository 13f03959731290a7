# API を説明するページ。
api-title = フロントエンド用 API
api-lead = 運営者自身のフロントエンドのためのものです。ほかのアプリは認可エンドポイントを使います。
api-programs = プログラム向け
api-takes = 入力
api-answers = 応答
api-shapes = データの形
